import type { z } from 'zod';
import { MLFLOW_MOUNTS } from '#contract/http/mlflow/mounts.ts';
import type { Route } from '#http/route.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Remote } from '#ports/database.ts';
import type { ArtifactsApi } from '../artifacts/api.ts';
import type { DatasetStore } from './datasets/store.ts';
import type { TrackingStore } from './store.ts';

/** What the endpoints of this role work with. */
export interface TrackingDeps {
  readonly store: Remote<TrackingStore>;
  readonly datasets: Remote<DatasetStore>;
  /** URI below which experiments keep their artifacts unless they say where. */
  readonly artifactRoot: string;
  readonly clock: Clock;
  /** Undefined where no files can be reached. */
  readonly artifacts: () => Promise<ArtifactsApi | undefined>;
}

type Own<I extends z.ZodType> = Omit<Route<TrackingDeps, I>, 'mounts' | 'style' | 'tag'>;

/** An endpoint of MLflow's tracking API, under all of its mounts. */
export function trackingRoute<I extends z.ZodType>(route: Own<I>): Route<TrackingDeps, I> {
  return { ...route, mounts: MLFLOW_MOUNTS, style: 'mlflow', tag: 'tracking' };
}
