import { z } from 'zod';
import { defineRole } from '../define-role.ts';

const config = z.object({
  max_age_days: z.number().min(0).default(30).describe('Days that events stay in the log once all sinks have them; 0 keeps them for ever'),
  max_bytes: z
    .int()
    .min(1)
    .default(20 * 1024 ** 3)
    .describe('Size of a log above which its oldest files go, once all sinks have them; each serving worker has a log of its own'),
  index_max_age_days: z.number().min(0).default(90).describe('Days that predictions stay in the index; 0 keeps them for ever'),
  retention_interval_ms: z.int().min(1000).default(600_000).describe('How often retention runs'),
  linger_ms: z.int().min(0).max(10_000).default(50).describe('How long the indexer waits for more events before it writes a small batch'),
  feedback_wait_ms: z
    .int()
    .min(0)
    .max(60_000)
    .default(3000)
    .describe('How long feedback waits for the index before it calls a prediction unknown'),
});
export type EventsConfig = z.infer<typeof config>;

export default defineRole({
  name: 'events',
  summary: 'Indexes every prediction from the event log, answers questions about them and takes their true outcomes.',
  config,
  needs: ['eventLog', 'analytics'],
  peers: ['serving', 'tracking'],
  prefixes: ['/api/v1/predictions', '/predictions', '/feedback', '/api/v1/feedback'],
  load: () => import('./start.ts'),
});
