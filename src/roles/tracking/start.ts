import { resolve } from 'node:path';
import { TRACKING_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import { mlflowCaller } from '#http/mlflow/caller.ts';
import { bindRoutes } from '#http/route.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import { type Databases, onceReachable } from '#ports/database.ts';
import type { ArtifactsApi } from '../artifacts/api.ts';
import type { RunningRole } from '../define-role.ts';
import type { TrackingApi } from './api.ts';
import { trackingApi } from './api-in-process.ts';
import type { TrackingDeps } from './route.ts';
import { routes } from './routes.ts';
import { datasetStore, trackingStore } from './stores.ts';

interface Context {
  readonly config: { readonly default_artifact_root: string };
  readonly ports: { readonly database: Databases };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly ask: (peer: 'artifacts') => Promise<ArtifactsApi | undefined>;
}

export async function start({ config, ports, clock, ask, signal, logger }: Context): Promise<RunningRole<TrackingApi>> {
  const store = await ports.database.open(trackingStore);
  const datasets = await ports.database.open(datasetStore);
  const artifactRoot = absoluteRoot(config.default_artifact_root);
  await onceReachable(() => store.placeDefaultExperiment(artifactRoot), { signal, logger });
  const deps: TrackingDeps = { store, datasets, artifactRoot, clock, artifacts: () => ask('artifacts') };
  const bound = bindRoutes(deps, routes);
  return { routes: bound, api: trackingApi(deps, mlflowCaller(bound, TRACKING_CALLS)), stop: async () => {} };
}

/** Relative folders, with or without `file:`, mean those of the working directory, as upstream does; all else is as given. */
function absoluteRoot(root: string): string {
  const path = /^file:(?!\/)(.+)$/u.exec(root)?.[1];
  if (path !== undefined) return `file://${resolve(path)}`;
  return /^[a-z][a-z0-9+.-]+:/iu.test(root) ? root : resolve(root);
}
