import { LogBatch } from '#contract/http/mlflow/runs.ts';
import { checkBatchSize, checkedParam, checkedTag, checkMetric, checkUniqueParams } from '../../limits.ts';
import { packed, pointOf } from '../../points.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/log-batch: all or nothing. */
export const logBatch = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/log-batch',
  summary: 'Log parameters, metrics and tags at once',
  access: 'editor',
  input: LogBatch,
  async handle({ store }, { run_id, metrics, params, tags }) {
    const batch = { metrics: metrics ?? [], params: params ?? [], tags: tags ?? [] };
    checkBatchSize({ metrics: batch.metrics.length, params: batch.params.length, tags: batch.tags.length });
    for (const [i, metric] of batch.metrics.entries()) checkMetric(metric, `metrics[${i}].`);
    const checkedParams = batch.params.map((param, i) => checkedParam(param, `params[${i}].`));
    const checkedTags = batch.tags.map((tag, i) => checkedTag(tag, `tags[${i}].`));
    checkUniqueParams(checkedParams);
    await store.logBatch(run_id, { metrics: packed(batch.metrics.map(pointOf)), params: checkedParams, tags: checkedTags });
    return {};
  },
});
