import { z } from 'zod';
import { defineRole } from '../define-role.ts';
import { trainingStore } from './stores.ts';

export default defineRole({
  name: 'training',
  summary: 'Trains models on CSV and Parquet files, compares them with what is live, registers and deploys them.',
  config: z.object({
    examples: z
      .boolean()
      .default(false)
      .describe('Train and deploy the bundled examples `iris` and `housing` where they are missing (--examples).'),
    memory_mb: z.int().min(128).default(2048).describe('Most heap memory of a training process, MiB.'),
    max_upload_bytes: z.int().min(1024).default(1_073_741_824).describe('Largest data file that is taken, bytes.'),
    max_queued: z.int().min(1).default(20).describe('Training jobs that may wait; they run one at a time.'),
    keep_jobs: z.int().min(10).default(1000).describe('Finished training jobs that are remembered.'),
    keep_uploads: z.int().min(10).default(50).describe('Uploaded data files that are kept; the oldest go first.'),
  }),
  needs: ['database', 'inference', 'tables'],
  stores: [trainingStore],
  peers: ['tracking', 'registry', 'artifacts', 'serving'],
  prefixes: ['/api/v1/training', '/api/v1/datasets'],
  load: () => import('./start.ts'),
});
