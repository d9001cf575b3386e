import type { MetricPoint } from '#contract/http/mlflow/runs.ts';
import type { Point } from './entities.ts';

/** A point as the store takes it: what the wire left empty is absent. */
export function pointOf({ key, value, timestamp, step, model_id, dataset_name, dataset_digest }: MetricPoint): Point {
  const point = { key, value, timestamp, step: step ?? 0 };
  if (!model_id) return point;
  return { ...point, model_id, dataset_name: dataset_name ?? '', dataset_digest: dataset_digest ?? '' };
}
