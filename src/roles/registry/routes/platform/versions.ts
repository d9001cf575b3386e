import { NewVersion } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';

/** POST /api/v1/registry/versions */
export const addVersion = platformRoute({
  method: 'POST',
  path: '/api/v1/registry/versions',
  summary: 'Add a version to a registered model',
  access: 'editor',
  input: NewVersion,
  handle: ({ api }, { name, source, run_id, model_id, description, tags }) =>
    api.createVersion({
      name,
      source,
      ...(run_id === undefined ? {} : { runId: run_id }),
      ...(model_id === undefined ? {} : { modelId: model_id }),
      ...(description === undefined ? {} : { description }),
      ...(tags === undefined ? {} : { tags }),
    }),
});
