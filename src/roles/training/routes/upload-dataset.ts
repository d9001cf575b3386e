import { z } from 'zod';
import { UploadedDataset } from '#contract/http/platform/training.ts';
import { defineRoute, Reply } from '#http/route.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** POST /api/v1/datasets?name=FILE */
export const uploadDataset = defineRoute<TrainingRouteDeps>()({
  method: 'POST',
  path: '/datasets',
  mounts,
  summary: 'Send a CSV, TSV or Parquet file (gzip allowed) as the body; answers its columns and a reference for training',
  access: 'editor',
  tag: 'training',
  body: 'stream',
  input: z.object({
    name: z.string().max(1000).default('data.csv'),
    inspect: z
      .stringbool()
      .default(true)
      .describe('false: only store it, for a caller who asks for a preview next; what is wrong with the file is told then'),
  }),
  answer: UploadedDataset,
  async handle({ sources, tasks }, { name, inspect }, { stream, signal }) {
    const stored = await sources.store(name, stream);
    if (inspect) return new Reply(201, await tasks.inspect(stored, signal));
    return new Reply(201, { data: stored.data, name: stored.source.name, bytes: stored.bytes });
  },
});
