import { z } from 'zod';
import { EnsureModel } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';

/** GET /api/v1/registry/models */
export const listModels = platformRoute({
  method: 'GET',
  path: '/api/v1/registry/models',
  summary: 'Registered models with their aliases and number of versions',
  access: 'viewer',
  input: z.object({}),
  handle: async ({ api }) => ({ items: await api.listModels(), next_cursor: null }),
});

/** POST /api/v1/registry/models */
export const ensureModel = platformRoute({
  method: 'POST',
  path: '/api/v1/registry/models',
  summary: 'Register a model name unless it is registered',
  access: 'editor',
  input: EnsureModel,
  async handle({ api }, { name, description }) {
    await api.ensureModel(name, description);
    return { name };
  },
});
