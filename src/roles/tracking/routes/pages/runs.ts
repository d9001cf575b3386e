import { writePageToken } from '#contract/http/mlflow/page-token.ts';
import { CountRuns, MovedRuns, MoveRuns, RunCount, RunRows, RunsAsCsv, SearchRunRows } from '#contract/http/platform/tracking.ts';
import { checkedPlace } from '#http/mlflow/input.ts';
import { Reply } from '#http/route.ts';
import { runsAsCsv } from './csv.ts';
import { checkedRunSearch, pageRoute, viewOf } from './input.ts';

/** POST /api/v1/tracking/runs/search */
export const searchRunRows = pageRoute({
  method: 'POST',
  path: '/api/v1/tracking/runs/search',
  summary: 'Runs as rows of a table: only the fields that are asked for',
  access: 'viewer',
  input: SearchRunRows,
  answer: RunRows,
  async handle({ store }, { experiment_ids, view, fields, limit, cursor, ...asked }) {
    const query = JSON.stringify(['rows', experiment_ids, asked.filter ?? '', asked.order_by, asked.roots_only, view]);
    const search = { ...checkedRunSearch(asked), place: checkedPlace(cursor, query), limit, view: viewOf(view) };
    const { items, next } = await store.searchRunRows(experiment_ids, { search, fields });
    return { items, next_cursor: next ? writePageToken(next, query) : null };
  },
});

/** POST /api/v1/tracking/runs/count */
export const countRuns = pageRoute({
  method: 'POST',
  path: '/api/v1/tracking/runs/count',
  summary: 'How many runs a filter finds',
  access: 'viewer',
  input: CountRuns,
  answer: RunCount,
  handle: async ({ store }, { experiment_ids, view, ...asked }) => ({
    count: await store.countRuns(experiment_ids, { filter: checkedRunSearch(asked).filter, view: viewOf(view) }),
  }),
});

/** GET /api/v1/tracking/runs/csv */
export const csvOfRuns = pageRoute({
  method: 'GET',
  path: '/api/v1/tracking/runs/csv',
  summary: 'All runs that a filter finds as CSV, with the fields that are asked for',
  access: 'viewer',
  input: RunsAsCsv,
  handle({ store }, { experiment_ids, view, fields, ...asked }, { signal }) {
    const search = { ...checkedRunSearch(asked), view: viewOf(view) };
    const body = runsAsCsv({ store, experimentIds: experiment_ids, search, fields, signal });
    return new Reply(200, body, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="runs.csv"',
      'x-content-type-options': 'nosniff',
    });
  },
});

/** POST /api/v1/tracking/runs/delete */
export const deleteRuns = pageRoute({
  method: 'POST',
  path: '/api/v1/tracking/runs/delete',
  summary: 'Delete several runs; they can be restored',
  access: 'editor',
  input: MoveRuns,
  answer: MovedRuns,
  async handle({ store }, { run_ids }) {
    const unknown = await store.moveRuns(run_ids, 'deleted');
    return { moved: run_ids.length - unknown.length, unknown };
  },
});

/** POST /api/v1/tracking/runs/restore */
export const restoreRuns = pageRoute({
  method: 'POST',
  path: '/api/v1/tracking/runs/restore',
  summary: 'Restore several deleted runs',
  access: 'editor',
  input: MoveRuns,
  answer: MovedRuns,
  async handle({ store }, { run_ids }) {
    const unknown = await store.moveRuns(run_ids, 'active');
    return { moved: run_ids.length - unknown.length, unknown };
  },
});
