import { expect, test } from 'vitest';
import { type MlflowServer, onBothDatabases } from './mlflow-server.ts';

// Small things that programs written against MLflow rely on: the exact text of sentences and tags, and which times move.

const until = async (later: number) => {
  while (Date.now() <= later) await new Promise((resolve) => setImmediate(resolve));
};
const updated = async (server: MlflowServer, name: string) =>
  ((await server.get('registered-models/get', { name })).body['registered_model'] as { last_updated_timestamp: number })
    .last_updated_timestamp;

onBothDatabases("MLflow's words and habits", (server) => {
  test('numbers are told back as they were written', async () => {
    const answer = await server().call('POST', 'experiments/create', '{"name":"x","artifact_location":9.0}');
    expect(answer.body.message).toMatch(/^Invalid value 9\.0 for parameter 'artifact_location' supplied: .*'float'/u);
    expect((await server().call('POST', 'experiments/create', '{"name":9}')).body.message).toMatch(/^Invalid value 9 for .*'int'/u);
  });

  test('a search of data sets that names no experiment is told so', async () => {
    for (const body of [{}, { experiment_ids: [] }]) {
      const answer = await server().post('experiments/search-datasets', body);
      expect(answer).toMatchObject({ status: 400, body: { message: 'SearchDatasets request must specify at least one experiment_id.' } });
    }
  });

  test('describing a version is no change of its model; moving it to a stage is', async () => {
    await server().ok('registered-models/create', { name: 'w-times' });
    await server().ok('model-versions/create', { name: 'w-times', source: 's3://b/m' });
    const before = await updated(server(), 'w-times');
    await until(before);
    const described = await server().call('PATCH', 'model-versions/update', { name: 'w-times', version: '1', description: 'd' });
    expect((described.body['model_version'] as { last_updated_timestamp: number }).last_updated_timestamp).toBeGreaterThan(before);
    expect(await updated(server(), 'w-times')).toBe(before);
    await server().ok('model-versions/transition-stage', {
      name: 'w-times',
      version: '1',
      stage: 'Staging',
      archive_existing_versions: false,
    });
    expect(await updated(server(), 'w-times')).toBeGreaterThan(before);
  });

  test('a logged model lists its versions in a tag that Python wrote before us; a tag that it lacks is named', async () => {
    const { model } = await server().ok<{ model: { info: { model_id: string; artifact_uri: string } } }>('logged-models', {
      experiment_id: '0',
      name: 'w',
    });
    const { model_id, artifact_uri } = model.info;
    await server().ok('registered-models/create', { name: 'w-linked' });
    for (let i = 0; i < 2; i++) await server().ok('model-versions/create', { name: 'w-linked', source: artifact_uri, model_id });
    const got = await server().get(`logged-models/${model_id}`);
    expect((got.body['model'] as { info: { tags: unknown } }).info.tags).toContainEqual({
      key: 'mlflow.modelVersions',
      value: '[{"name": "w-linked", "version": 1}, {"name": "w-linked", "version": 2}]',
    });
    const gone = await server().call('DELETE', `logged-models/${model_id}/tags/nothing`);
    expect(gone).toMatchObject({ status: 404, body: { message: `No tag with key 'nothing' found for model with ID '${model_id}'.` } });
  });

  test('a local source may hold dots that stay within its run, and none that lead out', async () => {
    const experiment_id = (
      await server().ok<{ experiment_id: string }>('experiments/create', { name: 'w-local', artifact_location: 'file:///somewhere/x' })
    ).experiment_id;
    const run_id = await server().run(experiment_id);
    await server().ok('registered-models/create', { name: 'w-local' });
    const root = `file:///somewhere/x/${run_id}/artifacts`;
    const add = (source: string) => server().post('model-versions/create', { name: 'w-local', source, run_id });
    for (const inside of ['', '/model', '/.', '/model/..']) expect((await add(`${root}${inside}`)).status).toBe(200);
    for (const outside of ['/..', '/../artifacts2', '/%2e%2e/%2e%2e/secret', '/a%00'])
      expect((await add(`${root}${outside}`)).status).toBe(400);
    expect((await add('file://elsewhere/x')).body.message).toContain('is not a valid remote uri');
  });

  test('points for charts come run by run, in the order in which the runs are named', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => server().run('0')));
    for (const run_id of runs) await server().ok('runs/log-metric', { run_id, key: 'w', value: 1, timestamp: 1, step: 0 });
    for (const run_ids of [runs, runs.toReversed()]) {
      const answer = await server().get('metrics/get-history-bulk-interval', { run_ids, metric_key: 'w' });
      expect((answer.body['metrics'] as { run_id: string }[]).map(({ run_id }) => run_id)).toEqual(run_ids);
    }
  });

  test('a doubled slash before a path changes nothing', async () => {
    const answer = await server().get('//model-versions/get-artifact', { name: 'm', version: '1', path: '../x' });
    expect(answer).toMatchObject({ status: 400, body: { message: 'Invalid path' } });
  });

  test('a file name may look like an escaped control character', async () => {
    const name = 'dog%step%100%timestamp%100';
    const path = `/api/2.0/mlflow-artifacts/artifacts/w/${encodeURIComponent(name)}`;
    expect((await server().raw('PUT', path, { body: 'woof' })).status).toBe(200);
    expect((await server().raw('GET', path, {})).status).toBe(200);
  });
});
