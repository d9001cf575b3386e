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
  input: z.object({ name: z.string().max(1000).default('data.csv') }),
  answer: UploadedDataset,
  handle: async ({ tasks }, { name }, { stream, signal }) => new Reply(201, await tasks.upload(name, stream, signal)),
});
