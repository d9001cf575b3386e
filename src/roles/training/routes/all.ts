import type { z } from 'zod';
import type { Route } from '#http/route.ts';
import { cancelJob } from './cancel-job.ts';
import type { TrainingRouteDeps } from './deps.ts';
import { getJob } from './get-job.ts';
import { listJobs } from './list-jobs.ts';
import { listLearners } from './list-learners.ts';
import { preview } from './preview.ts';
import { submitJob } from './submit-job.ts';
import { uploadDataset } from './upload-dataset.ts';

export const routes: readonly Route<TrainingRouteDeps, z.ZodType>[] = [
  submitJob,
  listJobs,
  getJob,
  cancelJob,
  preview,
  uploadDataset,
  listLearners,
];
