import type { z } from 'zod';
import { SearchExperiments } from '#contract/http/mlflow/experiments.ts';
import { experimentGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedPageSize, checkedPlace, checkedSearch } from '#http/mlflow/input.ts';
import type { View } from '../../entities.ts';
import { type TrackingDeps, trackingRoute } from '../../route.ts';
import { experimentToWire, nextToken } from '../../wire.ts';

async function handle({ store }: TrackingDeps, input: z.infer<typeof SearchExperiments>): Promise<unknown> {
  const { filter, order_by, page_token, max_results, view_type } = input;
  const limit = checkedPageSize(max_results, 0, 50_000);
  const query = JSON.stringify(['experiments', filter ?? '', order_by ?? [], view_type]);
  const search = checkedSearch(filter, order_by, experimentGrammar);
  const view = (view_type ?? 'ACTIVE_ONLY') as View;
  const { items, next } = await store.searchExperiments({ ...search, place: checkedPlace(page_token, query), limit, view });
  return { ...(items.length > 0 ? { experiments: items.map(experimentToWire) } : {}), ...nextToken(next, query) };
}

const search = {
  path: '/mlflow/experiments/search',
  summary: 'Search experiments',
  access: 'viewer',
  input: SearchExperiments,
  handle,
} as const;

/** POST /api/2.0/mlflow/experiments/search (clients) */
export const searchExperiments = trackingRoute({ ...search, method: 'POST' });

/** GET /api/2.0/mlflow/experiments/search (MLflow's pages) */
export const searchExperimentsByGet = trackingRoute({ ...search, method: 'GET', hidden: true });
