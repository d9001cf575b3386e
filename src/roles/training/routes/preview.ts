import { Preview, PreviewRequest } from '#contract/http/platform/training.ts';
import { defineRoute } from '#http/route.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** POST /api/v1/training/preview */
export const preview = defineRoute<TrainingRouteDeps>()({
  method: 'POST',
  path: '/training/preview',
  mounts,
  summary: 'What training would read from a file: task, schema, columns left out, warnings',
  access: 'editor',
  tag: 'training',
  input: PreviewRequest,
  answer: Preview,
  handle: ({ tasks }, request, { signal }) => tasks.preview(request, signal),
});
