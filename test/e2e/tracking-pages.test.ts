import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type FreshDatabase, freshDatabase } from '#test/harness/postgres.ts';
import { type Product, startProduct } from '#test/harness/product.ts';

interface Row {
  readonly run_id: string;
  readonly run_name: string;
  readonly children: number;
  readonly values: readonly (number | string | null)[];
}

interface Rows {
  readonly items: readonly Row[];
  readonly next_cursor: string | null;
}

type Json = Record<string, unknown>;

function stories(databaseUrl: () => string | undefined): void {
  let product: Product;
  let experiment: string;
  const ids: string[] = [];

  async function ask<T>(path: string, body?: Json): Promise<{ status: number; body: T }> {
    const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(product.url + path, init);
    return { status: response.status, body: (await response.json()) as T };
  }
  const mlflow = async <T>(path: string, body: Json): Promise<T> => (await ask<T>(`/api/2.0/mlflow/${path}`, body)).body;
  const search = async (body: Json): Promise<Rows> =>
    (await ask<Rows>('/api/v1/tracking/runs/search', { experiment_ids: [experiment], ...body })).body;
  const names = ({ items }: Rows) => items.map(({ run_name }) => run_name);

  beforeAll(async () => {
    const url = databaseUrl();
    const args = ['--target', 'tracking,registry,artifacts', ...(url === undefined ? [] : ['--backend-store-uri', url])];
    product = await startProduct({ args });
    experiment = (await mlflow<{ experiment_id: string }>('experiments/create', { name: 'Pages 100%_a' })).experiment_id;
    for (let i = 0; i < 7; i++) {
      const tags = i >= 5 ? [{ key: 'mlflow.parentRunId', value: ids[0] }] : [];
      const { run } = await mlflow<{ run: { info: { run_id: string } } }>('runs/create', {
        experiment_id: experiment,
        run_name: `r${i}`,
        start_time: 1_700_000_000_000 + i,
        tags,
      });
      const { run_id } = run.info;
      ids.push(run_id);
      const metrics = [{ key: 'acc', value: i === 3 ? 'NaN' : i / 10, timestamp: 1, step: 0 }];
      await mlflow('runs/log-batch', { run_id, metrics, params: [{ key: 'a.b', value: i === 1 ? '=1+1' : `v"${i}` }] });
      await mlflow('runs/update', { run_id, status: 'FINISHED', end_time: 1_700_000_000_000 + i + [50, 10, 40, 20, 30, 0, 0][i]! });
    }
    const datasets = [{ dataset: { name: 'train', digest: '0123456789', source_type: 'local', source: '{}' } }];
    await mlflow('runs/log-inputs', { run_id: ids[2], datasets });
  }, 60_000);
  afterAll(async () => product?.[Symbol.asyncDispose]());

  test('a row has just the fields that were asked for, in their order, and tells of nested runs', async () => {
    const { items } = await search({ fields: ['metrics.acc', 'params.a.b', 'datasets', 'metrics.none'], roots_only: true });
    expect(items.map(({ run_name, children, values }) => [run_name, children, ...values])).toEqual([
      ['r4', 0, 0.4, 'v"4', null, null],
      ['r3', 0, 'NaN', 'v"3', null, null],
      ['r2', 0, 0.2, 'v"2', 'train (01234567)', null],
      ['r1', 0, 0.1, '=1+1', null, null],
      ['r0', 2, 0, 'v"0', null, null],
    ]);
  });

  test('pages in any order give every run once', async () => {
    for (const order_by of [['metrics.acc DESC'], ['duration ASC'], ['params.`a.b` DESC'], []]) {
      const whole = names(await search({ order_by }));
      const parts: string[] = [];
      let cursor: string | null | undefined;
      do {
        const part: Rows = await search({ order_by, limit: 2, ...(cursor ? { cursor } : {}) });
        parts.push(...names(part));
        cursor = part.next_cursor;
      } while (cursor);
      expect(parts).toEqual(whole);
      expect(new Set(parts).size).toBe(7);
    }
    expect(names(await search({ order_by: ['duration DESC'], roots_only: true }))).toEqual(['r0', 'r2', 'r4', 'r3', 'r1']);
  });

  test('a count is that of the search', async () => {
    const count = async (body: Json) =>
      (await ask<{ count: number }>('/api/v1/tracking/runs/count', { experiment_ids: [experiment], ...body })).body.count;
    expect(await count({})).toBe(7);
    expect(await count({ roots_only: true })).toBe(5);
    expect(await count({ filter: "metrics.acc > 0.15 OR attributes.run_name = 'r0'" })).toBe(5);
  });

  test('a mistake in a filter is placed', async () => {
    const { status, body } = await ask<{ code: string; errors: readonly { position: number }[] }>('/api/v1/tracking/runs/search', {
      experiment_ids: [experiment],
      filter: 'metrics.acc >> 1',
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'TRACKING_SEARCH_INVALID', errors: [{ field: 'filter', position: 13 }] });
    const other = await ask('/api/v1/tracking/runs/search', { experiment_ids: [experiment], fields: ['secret'] });
    expect(other.status).toBe(400);
    const cursor = await ask('/api/v1/tracking/runs/search', { experiment_ids: [experiment], cursor: 'made-up' });
    expect(cursor.status).toBe(400);
  });

  test('several runs are deleted and restored at once; unknown ones are named', async () => {
    const move = (how: string) => ask(`/api/v1/tracking/runs/${how}`, { run_ids: [ids[5], ids[6], 'nobody'] });
    expect(await move('delete')).toEqual({ status: 200, body: { moved: 2, unknown: ['nobody'] } });
    expect(names(await search({ view: 'deleted' }))).toEqual(['r6', 'r5']);
    expect((await search({ roots_only: true })).items.find(({ run_name }) => run_name === 'r0')?.children).toBe(0);
    await move('restore');
    expect((await search({})).items).toHaveLength(7);
  });

  test('experiments are listed with what is in them, found by any part of their name', async () => {
    const list = async (query: string) =>
      (await ask<{ items: readonly Json[]; next_cursor: string | null }>(`/api/v1/tracking/experiments?${query}`)).body;
    expect((await list('q=PAGES')).items).toMatchObject([
      { name: 'Pages 100%_a', active_runs: 7, deleted_runs: 0, last_run_time: 1_700_000_000_006 },
    ]);
    const first = await list('sort=name&limit=1');
    expect(first.items).toMatchObject([{ name: 'Default', active_runs: 0, last_run_time: null }]);
    expect((await list(`sort=name&limit=1&cursor=${first.next_cursor}`)).items).toMatchObject([{ experiment_id: experiment }]);
    const { body } = await ask(`/api/v1/tracking/columns?experiment_ids=${experiment}`);
    expect(body).toEqual({ metrics: ['acc'], params: ['a.b'], tags: ['mlflow.parentRunId', 'mlflow.runName'] });
  });

  test('the table is told as CSV that no spreadsheet runs', async () => {
    const query = new URLSearchParams({ experiment_ids: experiment, filter: "attributes.run_name IN ('r1', 'r2')" });
    for (const field of ['params.a.b', 'metrics.acc']) query.append('fields', field);
    const response = await fetch(`${product.url}/api/v1/tracking/runs/csv?${query}`);
    const lines = (await response.text()).trim().split('\r\n');
    expect(response.headers.get('content-type')).toContain('text/csv');
    expect(lines[0]).toBe('run_id,run_name,experiment_id,status,lifecycle_stage,start_time,end_time,duration_ms,params.a.b,metrics.acc');
    expect(lines[1]).toMatch(/,40,"v""2",0\.2$/u);
    expect(lines[2]).toMatch(/,10,'=1\+1,0\.1$/u);
  });

  test('series come per run and metric, with gaps where a value is no number', async () => {
    const { body } = await ask<{ items: readonly Json[] }>('/api/v1/tracking/metrics/series', {
      run_ids: [ids[3], ids[2]],
      keys: ['acc', 'none'],
    });
    expect(body.items).toEqual([
      { run_id: ids[3], key: 'acc', steps: [0], times: [1], values: [null] },
      { run_id: ids[2], key: 'acc', steps: [0], times: [1], values: [0.2] },
    ]);
  });
}

describe('what the pages of runs read, on SQLite', () => stories(() => undefined));

describeWith('postgres', 'what the pages of runs read, on Postgres', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(async () => database?.[Symbol.asyncDispose]());
  stories(() => database.url);
});
