import { describe, expect, test } from 'vitest';
import { startProduct } from '#test/harness/product.ts';
import { MlflowServer, onBothDatabases } from './mlflow-server.ts';

interface GraphqlAnswer {
  readonly data: Record<string, Record<string, unknown>> | null;
  readonly errors: readonly string[] | null;
}

async function ask(server: MlflowServer, query: string, variables?: object): Promise<GraphqlAnswer> {
  const { status, body } = await server.call('POST', '/graphql', { query, ...(variables ? { variables } : {}) });
  expect(status).toBe(200);
  return body as unknown as GraphqlAnswer;
}

onBothDatabases("MLflow's GraphQL endpoint", (server) => {
  test('a run with its experiment, its versions and its data, as the run page asks for it', async () => {
    const experiment = await server().experiment('graphql-page');
    const run = await server().run(experiment, { run_name: 'first', start_time: 5, tags: [{ key: 'a', value: 'b' }] });
    for (const [key, value] of Object.entries({ plain: 1.5, nan: 'NaN', inf: 'Infinity' })) {
      await server().ok('runs/log-metric', { run_id: run, key, value, timestamp: 3, step: 2 });
    }
    const dataset = { name: 'd', digest: '1', source_type: 's', source: 'x' };
    await server().ok('runs/log-inputs', { run_id: run, datasets: [{ dataset }] });
    await server().ok('registered-models/create', { name: 'graphql-model' });
    await server().ok('model-versions/create', { name: 'graphql-model', source: `runs:/${run}/model`, run_id: run });
    const query = `query GetRun($data: MlflowGetRunInput!) @component(name: "page") { mlflowGetRun(input: $data) {
      apiError { code message }
      run {
        info { runUuid runName status startTime endTime userId }
        experiment { experimentId name creationTime }
        modelVersions { name version status tags { key } }
        data { metrics { key value step timestamp } params { key } tags { key value } }
        inputs { datasetInputs { dataset { name sourceType schema } tags { key } } modelInputs { modelId } }
        outputs { modelOutputs { modelId step } }
      } } }`;
    const { data, errors } = await ask(server(), query, { data: { runId: run } });
    expect(errors).toBeNull();
    expect(data?.['mlflowGetRun']).toEqual({
      apiError: null,
      run: {
        info: { runUuid: run, runName: 'first', status: 'RUNNING', startTime: '5', endTime: '0', userId: '' },
        experiment: { experimentId: experiment, name: 'graphql-page', creationTime: expect.stringMatching(/^\d{13}$/u) },
        modelVersions: [{ name: 'graphql-model', version: '1', status: 'READY', tags: [] }],
        data: {
          metrics: expect.any(Array),
          params: [],
          tags: [
            { key: 'a', value: 'b' },
            { key: 'mlflow.runName', value: 'first' },
          ],
        },
        inputs: { datasetInputs: [{ dataset: { name: 'd', sourceType: 's', schema: '' }, tags: [] }], modelInputs: [] },
        outputs: { modelOutputs: [] },
      },
    });
    const found = data?.['mlflowGetRun']?.['run'] as { readonly data: { readonly metrics: unknown[] } } | undefined;
    for (const [key, value] of Object.entries({ plain: 1.5, nan: null, inf: Number.MAX_VALUE })) {
      expect(found?.data.metrics).toContainEqual({ key, value, step: '2', timestamp: '3' });
    }
  });

  test('searches of runs, versions and data sets, and a chart', async () => {
    const experiment = await server().experiment('graphql-search');
    const runs = [await server().run(experiment, { start_time: 1 }), await server().run(experiment, { start_time: 2 })];
    await server().ok('registered-models/create', { name: 'graphql-found' });
    for (const run_id of runs) {
      await server().ok('model-versions/create', { name: 'graphql-found', source: `runs:/${run_id}/m`, run_id });
      for (const step of [0, 1, 2]) await server().ok('runs/log-metric', { run_id, key: 'm', value: step, timestamp: 1, step });
    }
    const dataset = { name: 'd', digest: '1', source_type: 's', source: 'x' };
    await server().ok('runs/log-inputs', {
      run_id: runs[0],
      datasets: [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'train' }] }],
    });
    const search = (kind: string) => `${kind} Search($input: MlflowSearchRunsInput!) {
      mlflowSearchRuns(input: $input) { runs { info { runId } modelVersions { version } experiment { name } } nextPageToken } }`;
    const input = { experimentIds: [experiment], runViewType: 'ALL', maxResults: 2, orderBy: ['start_time DESC'] };
    const found = {
      runs: [1, 0].map((i) => ({
        info: { runId: runs[i] },
        modelVersions: [{ version: String(i + 1) }],
        experiment: { name: 'graphql-search' },
      })),
      nextPageToken: '',
    };
    for (const kind of ['query', 'mutation']) {
      expect(await ask(server(), search(kind), { input })).toEqual({ data: { mlflowSearchRuns: found }, errors: null });
    }
    const first = await ask(server(), search('query'), { input: { ...input, maxResults: 1 } });
    const pageToken = first.data?.['mlflowSearchRuns']?.['nextPageToken'];
    const second = await ask(server(), search('query'), { input: { ...input, maxResults: 1, pageToken } });
    expect(second.data?.['mlflowSearchRuns']?.['runs']).toEqual([found.runs[1]]);
    const rest = await ask(
      server(),
      `{ versions: mlflowSearchModelVersions(input: {filter: "name = 'graphql-found'", maxResults: 10}) { modelVersions { version runId } }
         chart: mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${runs[0]}", "${runs[1]}"], metricKey: "m", maxResults: 100}) {
           metrics { runId step value } } }`,
    );
    expect(rest.errors).toBeNull();
    expect(rest.data?.['versions']?.['modelVersions']).toEqual([
      { version: '2', runId: runs[1] },
      { version: '1', runId: runs[0] },
    ]);
    expect(rest.data?.['chart']?.['metrics']).toHaveLength(6);
    expect(rest.data?.['chart']?.['metrics']).toContainEqual({ runId: runs[1], step: '2', value: 2 });
    const datasets = `mutation { mlflowSearchDatasets(input: {experimentIds: ["${experiment}"]}) { datasetSummaries { name context } } }`;
    expect((await ask(server(), datasets)).data).toEqual({ mlflowSearchDatasets: { datasetSummaries: [{ name: 'd', context: 'train' }] } });
  });

  test('a refusal stands in errors and, with MLflow’s code, in apiError; the other fields are answered', async () => {
    const missing = 'a'.repeat(32);
    const { data, errors } = await ask(
      server(),
      `{ mlflowGetRun(input: {runId: "${missing}"}) { run { info { runId } } apiError { code message helpUrl } }
         mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } apiError { code } }
         mlflowListArtifacts(input: {runId: "${missing}"}) { files { path } apiError { code } } }`,
    );
    const message = `Run with id=${missing} not found`;
    expect(data).toEqual({
      mlflowGetRun: { run: null, apiError: { code: 'RESOURCE_DOES_NOT_EXIST', message, helpUrl: null } },
      mlflowGetExperiment: { experiment: { name: 'Default' }, apiError: null },
      mlflowListArtifacts: { files: null, apiError: { code: 'RESOURCE_DOES_NOT_EXIST' } },
    });
    expect(errors).toContain(message);
    expect(errors).toHaveLength(2);
    const search = await ask(server(), '{ mlflowSearchRuns(input: {experimentIds: ["0"], maxResults: 0}) { apiError { code } } }');
    expect(search.data).toEqual({ mlflowSearchRuns: { apiError: { code: 'INVALID_PARAMETER_VALUE' } } });
  });

  test('artifacts of a run', async () => {
    const run = await server().run(await server().experiment('graphql-files'));
    await server().raw('POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=dir/a.txt`, { body: 'hello' });
    const list = (path: string) =>
      ask(server(), `{ mlflowListArtifacts(input: {runId: "${run}"${path}}) { rootUri files { path isDir fileSize } } }`);
    expect((await list('')).data?.['mlflowListArtifacts']).toMatchObject({ files: [{ path: 'dir', isDir: true, fileSize: '0' }] });
    const below = (await list(', path: "dir"')).data?.['mlflowListArtifacts'];
    expect(below).toMatchObject({ files: [{ path: 'dir/a.txt', isDir: false, fileSize: '5' }] });
  });

  test('a search for more runs than fit in memory gives as many as do, and where it goes on', async () => {
    const experiment = await server().experiment('graphql-large');
    const params = Array.from({ length: 100 }, (_, i) => ({ key: `p${i}`, value: 'x'.repeat(6000) }));
    for (let i = 0; i < 20; i++) await server().ok('runs/log-batch', { run_id: await server().run(experiment, { start_time: i }), params });
    const query = `query Search($token: String) { mlflowSearchRuns(input: { experimentIds: ["${experiment}"], maxResults: 1000, pageToken: $token }) {
      runs { info { startTime } } nextPageToken } }`;
    const pages: number[] = [];
    const found: string[] = [];
    for (let token: string | null = ''; token !== null; ) {
      const { data } = await ask(server(), query, token === '' ? {} : { token });
      const page = data?.['mlflowSearchRuns'] as { runs: { info: { startTime: string } }[]; nextPageToken: string | null };
      pages.push(page.runs.length);
      found.push(...page.runs.map(({ info }) => info.startTime));
      token = page.nextPageToken || null;
    }
    expect(found).toEqual(Array.from({ length: 20 }, (_, i) => String(19 - i)));
    expect(Math.max(...pages)).toBeLessThan(20);
  });
});

describe('questions that nobody should ask', () => {
  test('each is refused with a sentence, and the limits are settings', async () => {
    await using product = await startProduct({
      args: ['--target', 'api'],
      env: { MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS: '12', MLFLOW_SERVER_GRAPHQL_MAX_ALIASES: '11' },
    });
    const server = new MlflowServer(product.url);
    const many = (count: number, field: (i: number) => string) => Array.from({ length: count }, (_, i) => field(i)).join(' ');
    const echo = 'test(inputString: "a") { output }';
    const deep = `${'a { '.repeat(12)}a${' }'.repeat(12)}`;
    const wide = `a { ${many(1001, (i) => `f${i}`)} }`;
    const refusals: readonly [string, string][] = [
      [`{ ${many(13, () => echo)} }`, 'GraphQL queries should have at most 12 root fields, got 13 root fields.'],
      [`{ ${many(12, (i) => `k${i}: ${echo}`)} }`, 'GraphQL queries should have at most 11 aliases, got 12 aliases.'],
      [`{ ...f ...g } fragment f on Query { ${many(7, () => echo)} } fragment g on Query { ${many(7, () => echo)} }`, 'got 14 root fields'],
      [`{ ${deep} }`, 'Query exceeds maximum depth of 10'],
      [`{ ${wide} }`, 'Query exceeds maximum total selections of 1000'],
      ['{ ...f } fragment f on Query { ...f }', 'Cannot spread fragment "f" within itself.'],
      ['{', 'Syntax Error: Expected Name, found <EOF>.'],
      [`{ ${'test '.repeat(30_000)} }`, 'Document contains more than 20000 tokens'],
      ['{ nothing }', 'Cannot query field "nothing" on type "Query".'],
      [`query A { ${echo} } query B { ${echo} }`, 'Must provide operation name if query contains multiple operations.'],
    ];
    for (const [query, sentence] of refusals) {
      const { data, errors } = await ask(server, query);
      expect([data, errors?.[0]]).toEqual([null, expect.stringContaining(sentence)]);
    }
    for (const body of [{}, { query: 5 }, { query: '{ __typename }', variables: [1] }, '[]', '{']) {
      expect((await server.call('POST', '/graphql', body)).status).toBe(400);
    }
    const schema = await ask(server, '{ __schema { queryType { name } types { name } } }');
    expect(schema.data?.['__schema']?.['types']).toContainEqual({ name: 'MlflowRunExtension' });
    const url = `/graphql?query=${encodeURIComponent('query Q($on: Boolean!) { test(inputString: "a") @include(if: $on) { output } }')}`;
    expect((await server.call('GET', `${url}&variables=${encodeURIComponent('{"on":true}')}`)).body).toEqual({
      data: { test: { output: 'a' } },
      errors: null,
    });
    expect((await server.call('GET', `${url}&variables=x`)).status).toBe(400);
  });

  test('it works where the roles are other processes', async () => {
    await using core = await startProduct({ args: ['--target', 'tracking,registry,artifacts'] });
    const peers = ['tracking', 'registry', 'artifacts'].flatMap((role) => ['--peer', `${role}=${core.url}`]);
    await using graphql = await startProduct({ args: ['--target', 'graphql', ...peers] });
    const run = await new MlflowServer(core.url).run('0', { run_name: 'far' });
    const server = new MlflowServer(graphql.url);
    const query = `{ mlflowSearchRuns(input: {experimentIds: ["0"]}) { runs { info { runName } experiment { name } modelVersions { name } } }
      mlflowListArtifacts(input: {runId: "${run}"}) { files { path } }
      mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run}", "${run}"], metricKey: "m"}) { metrics { key } }
      mlflowGetExperiment(input: {experimentId: "99"}) { apiError { code } } }`;
    expect(await ask(server, query)).toEqual({
      data: {
        mlflowSearchRuns: { runs: [{ info: { runName: 'far' }, experiment: { name: 'Default' }, modelVersions: [] }] },
        mlflowListArtifacts: { files: [] },
        mlflowGetMetricHistoryBulkInterval: { metrics: [] },
        mlflowGetExperiment: { apiError: { code: 'RESOURCE_DOES_NOT_EXIST' } },
      },
      errors: ['No Experiment with id=99 exists'],
    });
    await core.stop();
    expect((await server.call('POST', '/graphql', { query })).status).toBe(503);
  });
});
