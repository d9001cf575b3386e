import { z } from 'zod';
import { type BoundRoute, bindRoutes, defineRoute, Reply } from '#http/route.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LooseModels } from '../runtime/loose-models.ts';
import { fail } from '../scoring/errors.ts';

export interface ScoringRouteDeps {
  readonly deployments: Deployments;
  readonly loose: LooseModels;
}

const route = defineRoute<ScoringRouteDeps>();

const ping = route({
  method: 'GET',
  path: '/ping',
  summary: 'Whether /invocations answers: 404 without a loaded model, as the MLflow scoring server',
  access: 'public',
  tag: 'scoring',
  input: z.object({}).optional(),
  handle: ({ deployments }) => {
    const isLoaded = deployments.all().some((d) => d.primary.live);
    return new Reply(isLoaded ? 200 : 404, '\n', { 'content-type': 'application/json' });
  },
});

const listModels = route({
  method: 'GET',
  path: '/v1/models',
  style: 'oip',
  summary: 'Names that KServe V1 callers may ask for: the deployments',
  access: 'viewer',
  tag: 'scoring',
  input: z.object({}).optional(),
  handle: ({ deployments }) => ({ models: deployments.all().map((d) => d.name) }),
});

const model = route({
  method: 'GET',
  path: '/v1/models/:model',
  style: 'oip',
  summary: 'Whether a model answers',
  access: 'viewer',
  tag: 'scoring',
  input: z.object({ model: z.string() }),
  handle: async ({ loose }, { model: name }) => {
    await loose.find(name).catch((error) => {
      if (error instanceof KnownError && error.spec.code === 'MODEL_NOT_FOUND') throw fail.modelNameUnknown({ name });
      throw error;
    });
    return { name, ready: true };
  },
});

/** KServe V1 and MLflow scoring but for predictions (exchange/scoring-endpoints.ts). */
export function scoringRoutes(deps: ScoringRouteDeps): BoundRoute[] {
  return bindRoutes(deps, [ping, listModels, model]);
}
