import { traceGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { SearchTraces, SearchTracesByGet } from '#contract/http/mlflow/traces.ts';
import { checkedPageSize, checkedPlace, checkedSearch } from '#http/mlflow/input.ts';
import type { Trace } from '../../entities.ts';
import { checkExperimentId } from '../../limits.ts';
import { type TrackingDeps, trackingRoute } from '../../route.ts';
import { traceToFirstWire, traceToWire } from '../../trace-wire.ts';
import { nextToken } from '../../wire.ts';

interface Asked {
  readonly toWire: (trace: Trace) => unknown;
  readonly filter?: string | null | undefined;
  readonly order_by?: readonly string[] | null | undefined;
  readonly max_results?: number | null | undefined;
  readonly page_token?: string | null | undefined;
}

async function found({ store }: TrackingDeps, experiments: readonly string[], { toWire, ...asked }: Asked) {
  experiments.forEach(checkExperimentId);
  const query = JSON.stringify(['traces', experiments, asked.filter ?? '', asked.order_by ?? []]);
  const search = {
    ...checkedSearch(asked.filter, asked.order_by, traceGrammar),
    place: checkedPlace(asked.page_token, query),
    limit: checkedPageSize(asked.max_results, 100, 50_000),
    view: 'ALL',
  } as const;
  const { items, next } = await store.searchTraces(experiments, search);
  return { ...(items.length > 0 ? { traces: items.map(toWire) } : {}), ...nextToken(next, query) };
}

/** POST /api/3.0/mlflow/traces/search */
export const searchTraces = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/search',
  summary: 'Search traces of experiments',
  access: 'viewer',
  input: SearchTraces,
  handle: (deps, { locations, ...asked }) => {
    const experiments = (locations ?? []).map(({ mlflow_experiment }) => mlflow_experiment.experiment_id);
    return found(deps, experiments, { ...asked, toWire: traceToWire });
  },
});

/** GET /api/2.0/mlflow/traces */
export const searchTracesByGet = trackingRoute({
  method: 'GET',
  path: '/mlflow/traces',
  summary: 'Search traces of experiments, in their first form',
  access: 'viewer',
  input: SearchTracesByGet,
  handle: (deps, { experiment_ids, ...asked }) => found(deps, experiment_ids ?? [], { ...asked, toWire: traceToFirstWire }),
});
