import type { z } from 'zod';
import { MLFLOW_MOUNTS } from '#contract/http/mlflow/mounts.ts';
import type { Route } from '#http/route.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Remote } from '#ports/database.ts';
import type { ServingApi } from '../serving/api.ts';
import type { TrackingApi } from '../tracking/api.ts';
import type { RegistryApi } from './api.ts';
import type { Changes } from './changes.ts';
import type { RegistryStore } from './store.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

/** What the endpoints of this role work with. */
export interface RegistryDeps {
  readonly store: Remote<RegistryStore>;
  readonly tracking: TrackingApi;
  readonly changes: Changes;
  readonly api: Omit<RegistryApi, 'mlflow'>;
  readonly clock: Clock;
  readonly webhooks: Webhooks;
  /** Undefined where no deployments can be reached. */
  readonly serving: () => Promise<ServingApi | undefined>;
  readonly sources: {
    /** Whether a version's source must lie within the run or model that the request names. */
    readonly strict: boolean;
    /** What sources must match. */
    readonly pattern: RegExp | undefined;
  };
}

type MlflowRoute<I extends z.ZodType> = Omit<Route<RegistryDeps, I>, 'mounts' | 'style' | 'tag'>;

/** An endpoint of MLflow's registry API, under all of its mounts. */
export function registryRoute<I extends z.ZodType>(route: MlflowRoute<I>): Route<RegistryDeps, I> {
  return { ...route, mounts: MLFLOW_MOUNTS, style: 'mlflow', tag: 'registry' };
}

/** An endpoint of our own API. */
export function platformRoute<I extends z.ZodType>(route: Omit<Route<RegistryDeps, I>, 'tag'>): Route<RegistryDeps, I> {
  return { ...route, tag: 'registry' };
}
