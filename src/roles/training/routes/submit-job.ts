import { TrainingJob, TrainRequest } from '#contract/http/platform/training.ts';
import { defineRoute, Reply } from '#http/route.ts';
import { checkRequest } from '../request.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** POST /api/v1/training/jobs */
export const submitJob = defineRoute<TrainingRouteDeps>()({
  method: 'POST',
  path: '/training/jobs',
  mounts,
  summary: 'Train on an uploaded or bundled file: fit, log runs, register, pass the gate, deploy',
  access: 'editor',
  tag: 'training',
  input: TrainRequest,
  answer: TrainingJob,
  async handle({ jobs, sources }, request) {
    checkRequest(request);
    // A wrong reference should be told now and not by a failed job.
    await sources.find(request.data);
    return new Reply(202, await jobs.submit(request));
  },
});
