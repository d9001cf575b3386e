import { Preview, TrainRequest } from '#contract/http/platform/training.ts';
import { defineRoute } from '#http/route.ts';
import { checkRequest } from '../request.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** POST /api/v1/training/preview */
export const preview = defineRoute<TrainingRouteDeps>()({
  method: 'POST',
  path: '/training/preview',
  mounts,
  summary: 'What training would read from a file: task, schema, columns left out, warnings',
  access: 'editor',
  tag: 'training',
  // The request of a job may be sent whole: what a preview does not need is left alone.
  input: TrainRequest,
  answer: Preview,
  async handle({ tasks }, request, { signal }) {
    checkRequest(request);
    return tasks.preview(request, signal);
  },
});
