import { z } from 'zod';
import { type BoundRoute, bindRoutes, defineRoute, Reply } from '#http/route.ts';
import type { RegistryApi } from '../../registry/api.ts';
import { EXTENSIONS, modelConfig, modelMetadata } from '../oip/describe.ts';
import { loadFromRepository, repositoryIndex } from '../oip/repository.ts';
import type { Statistics } from '../oip/statistics.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LooseModels } from '../runtime/loose-models.ts';

export interface OipDeps {
  readonly deployments: Deployments;
  readonly loose: LooseModels;
  readonly statistics: Statistics;
  readonly registry: RegistryApi;
  readonly version: string;
  readonly maxBatchRows: number;
}

const route = defineRoute<OipDeps>();
const Nothing = z.object({}).optional();
const Model = z.object({ model: z.string(), version: z.string().optional() });
const common = { style: 'oip', tag: 'open inference protocol' } as const;
/** Every model path exists with and without a version. */
const MOUNTS = ['/v2/models/:model', '/v2/models/:model/versions/:version'];

const server = route({
  ...common,
  method: 'GET',
  path: '/v2',
  summary: 'Name, version and extensions of this server',
  access: 'public',
  input: Nothing,
  handle: ({ version }) => ({ name: 'trainyard', version, extensions: EXTENSIONS }),
});

const live = route({
  ...common,
  method: 'GET',
  path: '/v2/health/live',
  summary: 'Whether the server runs',
  access: 'public',
  input: Nothing,
  handle: () => ({ live: true }),
});

const ready = route({
  ...common,
  method: 'GET',
  path: '/v2/health/ready',
  summary: 'Whether every deployment has a loaded primary',
  access: 'public',
  input: Nothing,
  handle: ({ deployments }) => {
    const waiting = deployments.all().filter((d) => !d.primary.live);
    if (waiting.length === 0) return { ready: true };
    return new Reply(
      503,
      { ready: false, error: `no model is loaded for ${waiting.map((d) => d.name).join(', ')}` },
      { 'retry-after': '1' },
    );
  },
});

const metadata = route({
  ...common,
  method: 'GET',
  path: '',
  mounts: MOUNTS,
  summary: 'Inputs and outputs of a model',
  access: 'viewer',
  input: Model,
  handle: async ({ loose }, { model, version }) => modelMetadata(model, (await loose.find(model, version)).live),
});

const modelReady = route({
  ...common,
  method: 'GET',
  path: '/ready',
  mounts: MOUNTS,
  summary: 'Whether a model answers',
  access: 'viewer',
  input: Model,
  handle: async ({ loose }, { model, version }) => {
    await loose.find(model, version);
    return { name: model, ready: true };
  },
});

const config = route({
  ...common,
  method: 'GET',
  path: '/config',
  mounts: MOUNTS,
  summary: "A model's configuration in Triton's words",
  access: 'viewer',
  input: Model,
  handle: async ({ loose, maxBatchRows }, { model, version }) => modelConfig(model, (await loose.find(model, version)).live, maxBatchRows),
});

const stats = route({
  ...common,
  method: 'GET',
  path: '/stats',
  mounts: MOUNTS,
  summary: 'How often a model ran and how long it took',
  access: 'viewer',
  input: Model,
  handle: async ({ loose, statistics }, { model, version }) => ({
    model_stats: [await statistics.of(model, (await loose.find(model, version)).live)],
  }),
});

const allStats = route({
  ...common,
  method: 'GET',
  path: '/v2/models/stats',
  summary: 'How often every model in memory ran and how long it took',
  access: 'viewer',
  input: Nothing,
  handle: async ({ statistics }) => ({ model_stats: await statistics.all() }),
});

const index = route({
  ...common,
  method: 'POST',
  path: '/v2/repository/index',
  summary: 'Deployments and models with their states',
  access: 'viewer',
  input: z.object({ ready: z.boolean().optional() }).optional(),
  handle: (deps, request) => repositoryIndex(deps, request?.ready === true),
});

const RepositoryRequest = z.object({ model: z.string(), parameters: z.record(z.string(), z.unknown()).nullish() });

const load = route({
  ...common,
  method: 'POST',
  path: '/v2/repository/models/:model/load',
  summary: 'Load a registered model, or bring a deployment to what its references name',
  access: 'editor',
  input: RepositoryRequest,
  handle: async (deps, { model, parameters }) => {
    await loadFromRepository(deps, model, Object.keys(parameters ?? {}));
    return new Reply(200, undefined);
  },
});

const unload = route({
  ...common,
  method: 'POST',
  path: '/v2/repository/models/:model/unload',
  summary: 'Take a model that no deployment serves out of memory; it stays so until it is loaded',
  access: 'editor',
  input: RepositoryRequest,
  handle: async ({ loose }, { model }) => {
    await loose.unload(model);
    return new Reply(200, undefined);
  },
});

/** Open Inference Protocol v2 over REST but for predictions (exchange/oip-endpoint.ts): server, models, repository and statistics. */
export function oipRoutes(deps: OipDeps): BoundRoute[] {
  return bindRoutes(deps, [server, live, ready, metadata, modelReady, config, stats, allStats, index, load, unload]);
}
