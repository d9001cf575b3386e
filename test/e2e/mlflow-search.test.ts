import { beforeAll, describe, expect, test } from 'vitest';
import { type MlflowServer, onBothDatabases } from './mlflow-server.ts';

interface Found {
  readonly runs?: readonly { readonly info: { readonly run_id: string; readonly run_name: string } }[];
  readonly next_page_token?: string;
}

interface Made {
  readonly run_id: string;
  readonly name: string;
  readonly start: number;
  readonly rmse: number | undefined;
  readonly lr: string | undefined;
}

/** 41 runs: some without the metric or the parameter, some with NaN, many equal. */
async function makeRuns(server: MlflowServer, experiment_id: string): Promise<Made[]> {
  const made: Made[] = [];
  for (let i = 0; i < 41; i++) {
    const rmse = i % 7 === 0 ? undefined : i % 11 === 0 ? Number.NaN : (i % 5) / 4;
    const lr = i % 6 === 0 ? undefined : ['0.1', '0.01', 'Big'][i % 3];
    const start = 1000 + (i % 4);
    const name = `run-${String.fromCharCode(65 + (i % 26))}${i}`;
    const run_id = await server.run(experiment_id, { start_time: start, run_name: name });
    const metrics = rmse === undefined ? [] : [{ key: 'rmse', value: Number.isNaN(rmse) ? 'NaN' : rmse, timestamp: 1 }];
    const params = lr === undefined ? [] : [{ key: 'lr', value: lr }];
    const tags = i % 2 === 0 ? [{ key: 'even', value: `yes ${i}%` }] : [];
    await server.ok('runs/log-batch', { run_id, metrics, params, tags });
    made.push({ run_id, name, start, rmse, lr });
  }
  return made;
}

/** Missing last, NaN before them, then newest first, then by id: what MLflow promises. */
function sorted(runs: readonly Made[], by: 'rmse' | 'lr' | undefined, descending: boolean): string[] {
  const rank = (run: Made): number => (by === undefined ? 0 : run[by] === undefined ? 2 : Number.isNaN(run[by]) ? 1 : 0);
  const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0) * (descending ? -1 : 1);
  const ties = (a: Made, b: Made): number => b.start - a.start || (a.run_id < b.run_id ? -1 : 1);
  return runs
    .toSorted((a, b) => rank(a) - rank(b) || (by && rank(a) === 0 ? compare(a[by] as string, b[by] as string) : 0) || ties(a, b))
    .map(({ run_id }) => run_id);
}

onBothDatabases('a search of runs', (server) => {
  let experiment: string;
  let made: Made[];
  beforeAll(async () => {
    experiment = await server().experiment('searched');
    made = await makeRuns(server(), experiment);
    await server().run(await server().experiment('another'), { run_name: 'elsewhere' });
  });

  const search = (body: object) => server().ok<Found>('runs/search', { experiment_ids: [experiment], ...body });
  const ids = ({ runs }: Found): string[] => (runs ?? []).map(({ info }) => info.run_id);

  async function allPages(body: object): Promise<string[]> {
    const seen: string[] = [];
    for (let page_token: string | undefined; ; ) {
      const page = await search({ ...body, ...(page_token ? { page_token } : {}) });
      seen.push(...ids(page));
      page_token = page.next_page_token;
      if (page_token === undefined) return seen;
    }
  }

  test.each([
    [[], undefined, false],
    [['metrics.rmse'], 'rmse', false],
    [['metrics.rmse DESC'], 'rmse', true],
    [['params.lr ASC'], 'lr', false],
    [['params.`lr` desc'], 'lr', true],
  ] as const)('ordered by %j is in that order, whatever the size of its pages', async (order_by, by, descending) => {
    const expected = sorted(made, by, descending);
    for (const max_results of [1, 3, 7, 100]) expect(await allPages({ order_by, max_results })).toEqual(expected);
  });

  test('several keys sort within each other, missing values last in each', async () => {
    const order_by = ['params.lr DESC', 'metrics.rmse ASC', 'attributes.run_name DESC'];
    const whole = ids(await search({ order_by }));
    expect(await allPages({ order_by, max_results: 4 })).toEqual(whole);
    const runs = whole.map((id) => made.find(({ run_id }) => run_id === id) as Made);
    expect(runs.map(({ lr }) => lr)).toEqual(
      runs.map(({ lr }) => lr).toSorted((a, b) => (a === b ? 0 : a === undefined ? 1 : b === undefined ? -1 : a < b ? 1 : -1)),
    );
    const within = runs.filter(({ lr }) => lr === '0.1').map(({ rmse }) => (rmse === undefined ? 9 : Number.isNaN(rmse) ? 8 : rmse));
    expect(within).toEqual(within.toSorted((a, b) => a - b));
  });

  describe('finds what the filter says', () => {
    const is = (value: number | undefined, test: (value: number) => boolean) => value !== undefined && !Number.isNaN(value) && test(value);
    const cases: [string, (run: Made) => boolean][] = [
      ['metrics.rmse < 0.5', ({ rmse }) => is(rmse, (v) => v < 0.5)],
      ['metrics.rmse >= 0.75 and params.lr = "0.1"', ({ rmse, lr }) => is(rmse, (v) => v >= 0.75) && lr === '0.1'],
      ['metrics.rmse = 0', ({ rmse }) => rmse === 0],
      ['metrics.rmse != 0', ({ rmse }) => rmse !== undefined && rmse !== 0],
      ["params.lr != '0.1'", ({ lr }) => lr !== undefined && lr !== '0.1'],
      ["params.lr LIKE '0.%'", ({ lr }) => lr?.startsWith('0.') === true],
      ["params.lr LIKE 'b%'", () => false],
      ["params.lr ILIKE 'b__'", ({ lr }) => lr === 'Big'],
      ["params.lr IN ('0.1', 'Big')", ({ lr }) => lr === '0.1' || lr === 'Big'],
      ["params.lr NOT IN ('0.1', 'Big')", ({ lr }) => lr === '0.01'],
      ['params.lr IS NULL', ({ lr }) => lr === undefined],
      ['params.lr IS NOT NULL', ({ lr }) => lr !== undefined],
      ["tags.even LIKE '%4%'", ({ name }) => /(?:^|\D)\d*4/u.test(name) && Number(name.slice(5)) % 2 === 0],
      ["run_name = 'run-B1'", ({ name }) => name === 'run-B1'],
      ["attributes.run_name ILIKE 'RUN-B%'", ({ name }) => name.startsWith('run-B')],
      ['start_time > 1001.5', ({ start }) => start > 1001.5],
      ["status = 'RUNNING' and start_time <= 1000", ({ start }) => start <= 1000],
      [
        "metrics.rmse < 0.3 OR (params.lr = 'Big' AND start_time = 1002)",
        ({ rmse, lr, start }) => is(rmse, (v) => v < 0.3) || (lr === 'Big' && start === 1002),
      ],
      ["tags.nothing = 'x'", () => false],
      ['end_time > 0', () => false],
      ["params.lr = 'it''s' or params.lr = '\\'", () => false],
      ["experiment_id = '0'", () => false],
    ];
    test.each(cases)('%s', async (filter, matches) => {
      const expected = sorted(made.filter(matches), undefined, false);
      expect(await allPages({ filter, max_results: 6 })).toEqual(expected);
      const byRmse = sorted(made.filter(matches), 'rmse', true);
      expect(await allPages({ filter, order_by: ['metrics.rmse DESC'], max_results: 5 })).toEqual(byRmse);
    });
  });

  test('a token is refused for another order, filter or experiment', async () => {
    const { next_page_token: page_token } = await search({ max_results: 2 });
    for (const changed of [{ order_by: ['metrics.rmse'] }, { filter: 'metrics.rmse > 0' }, { run_view_type: 'ALL' }]) {
      const answer = await server().post('runs/search', { experiment_ids: [experiment], max_results: 2, page_token, ...changed });
      expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
    }
  });

  test('no experiments, no runs; unknown ones have none', async () => {
    expect(await search({ experiment_ids: [] })).toEqual({});
    expect(await search({ experiment_ids: ['424242'] })).toEqual({});
  });

  test('deleted runs are found only when asked for', async () => {
    const gone = made[3]?.run_id as string;
    await server().ok('runs/delete', { run_id: gone });
    expect(ids(await search({}))).not.toContain(gone);
    expect(ids(await search({ run_view_type: 'DELETED_ONLY' }))).toEqual([gone]);
    expect(ids(await search({ run_view_type: 3 }))).toContain(gone);
    await server().ok('runs/restore', { run_id: gone });
  });

  test('data sets are found by name, digest and context', async () => {
    const run_id = made[5]?.run_id as string;
    const dataset = { name: 'Iris', digest: 'abc', source_type: 'local', source: 'iris.csv', schema: '{}' };
    const datasets = [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'eval' }] }];
    await server().ok('runs/log-inputs', { run_id, datasets });
    await server().ok('runs/log-inputs', { run_id, datasets });
    for (const filter of [
      "datasets.name = 'Iris'",
      "dataset.digest IN ('abc')",
      "datasets.context LIKE 'ev%'",
      "datasets.name ILIKE 'iris'",
    ]) {
      expect(ids(await search({ filter }))).toEqual([run_id]);
    }
    const { dataset_summaries } = await server().ok<{ dataset_summaries: unknown }>('experiments/search-datasets', {
      experiment_ids: [experiment],
    });
    expect(dataset_summaries).toEqual([{ experiment_id: experiment, name: 'Iris', digest: 'abc', context: 'eval' }]);
  });
});

onBothDatabases('a search of experiments', (server) => {
  test('filters, sorts and pages', async () => {
    for (const [name, team] of [
      ['alpha', 'red'],
      ['Beta', 'blue'],
      ['alphabet', 'blue'],
    ] as const) {
      await server().ok('experiments/create', { name, tags: [{ key: 'team', value: team }] });
    }
    const names = async (body: object) => {
      const { experiments } = await server().ok<{ experiments?: { name: string }[] }>('experiments/search', { max_results: 100, ...body });
      return (experiments ?? []).map(({ name }) => name);
    };
    expect(await names({ filter: "tags.team = 'blue'", order_by: ['name'] })).toEqual(['Beta', 'alphabet']);
    expect(await names({ filter: "name LIKE 'alpha%' AND tag.team != 'red'" })).toEqual(['alphabet']);
    expect(await names({ filter: "attributes.name ILIKE 'BETA'" })).toEqual(['Beta']);
    expect(await names({ order_by: ['experiment_id DESC'] })).toEqual(['alphabet', 'Beta', 'alpha', 'Default']);
    const first = await server().ok<{ next_page_token: string }>('experiments/search', { max_results: 3, order_by: ['name DESC'] });
    expect(await names({ max_results: 3, order_by: ['name DESC'], page_token: first.next_page_token })).toEqual(['Beta']);
    const byGet = await server().get('experiments/search', { max_results: '1', order_by: 'name DESC', view_type: 'ACTIVE_ONLY' });
    expect((byGet.body['experiments'] as { name: string }[])[0]?.name).toBe('alphabet');
    expect(await server().post('experiments/search', { max_results: 5, filter: 'metrics.x > 1' })).toMatchObject({ status: 400 });
  });
});
