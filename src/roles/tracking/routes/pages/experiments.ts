import { writePageToken } from '#contract/http/mlflow/page-token.ts';
import { Columns, ExperimentRows, ListColumns, ListExperiments } from '#contract/http/platform/tracking.ts';
import { checkedPlace } from '#http/mlflow/input.ts';
import { pageRoute, viewOf } from './input.ts';

/** GET /api/v1/tracking/experiments */
export const listExperiments = pageRoute({
  method: 'GET',
  path: '/api/v1/tracking/experiments',
  summary: 'Experiments with their number of runs and last activity',
  access: 'viewer',
  input: ListExperiments,
  answer: ExperimentRows,
  async handle({ store }, { q, view, sort, limit, cursor }) {
    const query = JSON.stringify(['experiments', q ?? '', view, sort]);
    const { items, next } = await store.listExperiments({ q, view: viewOf(view), sort, limit, place: checkedPlace(cursor, query) });
    return { items, next_cursor: next ? writePageToken(next, query) : null };
  },
});

/** GET /api/v1/tracking/columns */
export const listColumns = pageRoute({
  method: 'GET',
  path: '/api/v1/tracking/columns',
  summary: 'Names of the metrics, parameters and tags that runs of some experiments have',
  access: 'viewer',
  input: ListColumns,
  answer: Columns,
  handle: ({ store }, { experiment_ids }) => store.listColumns(experiment_ids),
});
