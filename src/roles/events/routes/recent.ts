import { RecentPredictions, RecentQuery } from '#contract/http/platform/events.ts';
import { defineRoute } from '#http/route.ts';
import type { IndexDeps } from './deps.ts';

const INDEX_WAIT_MS = 500;

/** GET /predictions/recent: what callers got, so without shadows. */
export const recent = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/predictions/recent',
  summary: 'The newest answers in short',
  access: 'viewer',
  tag: 'predictions',
  input: RecentQuery,
  answer: RecentPredictions,
  async handle({ analytics, indexed }, { limit }) {
    await indexed(INDEX_WAIT_MS);
    const { items } = await analytics.list({ status: 'ok' }, { limit: Math.min(1000, limit * 2) });
    const predictions = items
      .filter((row) => row.role !== 'shadow')
      .slice(0, limit)
      .map((row) => ({
        id: row.prediction_id,
        timestamp: row.time,
        input_features: row.features,
        prediction: row.prediction,
        model_version: `${row.model_name}_v${row.model_version}`,
        response_time_ms: row.duration_ms,
      }));
    return { predictions };
  },
});
