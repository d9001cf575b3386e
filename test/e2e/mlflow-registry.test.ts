import { describe, expect, test } from 'vitest';
import { type MlflowServer, onBothDatabases } from './mlflow-server.ts';

interface Version {
  readonly version: string;
  readonly current_stage: string;
  readonly aliases?: readonly string[];
}
interface Model {
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
  readonly latest_versions?: readonly Version[];
}

const model = async (server: MlflowServer, name: string) =>
  (await server.get('registered-models/get', { name })).body['registered_model'] as Model;

async function addVersion(server: MlflowServer, name: string, rest: object = {}): Promise<Version> {
  const body = { name, source: 's3://bucket/model', ...rest };
  return (await server.ok<{ model_version: Version }>('model-versions/create', body)).model_version;
}

onBothDatabases("MLflow's registry over REST", (server) => {
  test('versions count up, and the number of a deleted one is not given again', async () => {
    await server().ok('registered-models/create', { name: 'counted' });
    expect((await addVersion(server(), 'counted')).version).toBe('1');
    expect((await addVersion(server(), 'counted', { tags: [{ key: 'a', value: 'b' }] })).version).toBe('2');
    expect(await server().call('DELETE', 'model-versions/delete', { name: 'counted', version: '2' })).toMatchObject({
      status: 200,
      body: {},
    });
    expect(await server().get('model-versions/get', { name: 'counted', version: '2' })).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    expect((await addVersion(server(), 'counted')).version).toBe('3');
  });

  test('versions that are made at the same time get different numbers', async () => {
    await server().ok('registered-models/create', { name: 'raced' });
    const made = await Promise.all(Array.from({ length: 8 }, () => addVersion(server(), 'raced')));
    expect(made.map(({ version }) => Number(version)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('fields are there as upstream sends them', async () => {
    await server().ok('registered-models/create', { name: 'shape' });
    const version = await addVersion(server(), 'shape');
    expect(version).toMatchObject({
      name: 'shape',
      version: '1',
      current_stage: 'None',
      description: '',
      run_link: '',
      status: 'READY',
      source: 's3://bucket/model',
    });
    expect(version).not.toHaveProperty('tags');
    expect(version).not.toHaveProperty('aliases');
  });

  test('an alias moves, is listed, is kept in a history, and goes with its version', async () => {
    await server().ok('registered-models/create', { name: 'aliased' });
    for (let i = 0; i < 2; i++) await addVersion(server(), 'aliased');
    const name = 'aliased';
    await server().ok('registered-models/alias', { name, alias: 'live', version: '1' });
    const moved = { name, alias: 'live', version: '2', by: 'ada', reason: 'better on the same rows' };
    expect(await server().ok('/api/v1/registry/alias', moved)).toEqual({ from: '1', to: '2' });
    expect((await model(server(), name)).aliases).toEqual([{ alias: 'live', version: '2' }]);
    const got = await server().get('registered-models/alias', { name, alias: 'live' });
    expect(got.body['model_version']).toMatchObject({ version: '2', aliases: ['live'] });
    expect((await server().get('registered-models/alias', { name, alias: 'latest' })).body['model_version']).toMatchObject({
      version: '2',
    });
    await server().call('DELETE', 'model-versions/delete', { name, version: '2' });
    expect((await model(server(), name)).aliases).toBeUndefined();
    expect(await server().get('registered-models/alias', { name, alias: 'live' })).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Registered model alias live not found.' },
    });
    const history = (await server().get('/api/v1/registry/alias-history', { name, alias: 'live' })).body['items'];
    expect(history).toMatchObject([
      { from: '2', to: null, reason: 'the version was deleted' },
      { from: '1', to: '2', by: 'ada', reason: 'better on the same rows' },
      { from: null, to: '1', reason: '' },
    ]);
    expect((await server().call('DELETE', 'registered-models/alias', { name, alias: 'live' })).status).toBe(200);
  });

  test('whoever waits for changes learns of one at once', async () => {
    const changes = async (since: number, timeout_ms: number) =>
      (await server().get('/api/v1/registry/changes', { since: String(since), timeout_ms: String(timeout_ms) })).body['revision'] as number;
    const now = await changes(-1, 0);
    expect(await changes(now, 30)).toBe(now);
    const waiting = changes(now, 20_000);
    await server().ok('registered-models/create', { name: 'news' });
    expect(await waiting).toBeGreaterThan(now);
  });

  test('references resolve by number, alias, stage and latest', async () => {
    await server().ok('/api/v1/registry/models', { name: 'named', description: 'd' });
    await server().ok('/api/v1/registry/models', { name: 'named' });
    for (let i = 0; i < 3; i++) await server().ok('/api/v1/registry/versions', { name: 'named', source: `mlflow-artifacts:/0/m${i}` });
    await server().ok('registered-models/alias', { name: 'named', alias: 'a-b', version: '2' });
    await server().ok('model-versions/transition-stage', { name: 'named', version: '1', stage: 'production' });
    const resolve = async (reference: string) => (await server().get('/api/v1/registry/resolve', { reference })).body;
    expect(await resolve('models:/named/1')).toMatchObject({ version: '1', download_uri: 'mlflow-artifacts:/0/m0', stage: 'Production' });
    expect(await resolve('models:/named@a-b')).toMatchObject({ version: '2', aliases: ['a-b'], run_id: null });
    expect(await resolve('models:/named/Production')).toMatchObject({ version: '1' });
    expect(await resolve('models:/named/latest')).toMatchObject({ version: '3' });
    for (const wrong of ['named', 'models:/named', 'models:/', 'models:/a/b/c', 'models:/named@']) {
      expect(await resolve(wrong)).toMatchObject({ code: 'REGISTRY_REFERENCE_INVALID', status: 400 });
    }
    expect(await resolve('models:/named@nothing')).toMatchObject({ code: 'REGISTRY_ALIAS_NOT_FOUND' });
    expect(await resolve('models:/named/9')).toMatchObject({ code: 'REGISTRY_VERSION_NOT_FOUND', status: 404 });
  });

  test('stages archive what was there when asked, and know nothing of aliases', async () => {
    const name = 'staged';
    await server().ok('registered-models/create', { name });
    for (let i = 0; i < 2; i++) await addVersion(server(), name);
    await server().ok('registered-models/alias', { name, alias: 'x', version: '1' });
    await server().ok('model-versions/transition-stage', { name, version: '1', stage: 'Production', archive_existing_versions: false });
    await server().ok('model-versions/transition-stage', { name, version: '2', stage: 'PRODUCTION', archive_existing_versions: true });
    const { latest_versions, aliases } = await model(server(), name);
    expect(latest_versions?.map(({ version, current_stage }) => [version, current_stage])).toEqual([
      ['1', 'Archived'],
      ['2', 'Production'],
    ]);
    expect(aliases).toEqual([{ alias: 'x', version: '1' }]);
    const latest = await server().ok<{ model_versions: Version[] }>('registered-models/get-latest-versions', {
      name,
      stages: ['archived'],
    });
    expect(latest.model_versions.map(({ version }) => version)).toEqual(['1']);
    for (const [stage, archive] of [
      ['Nowhere', false],
      ['Archived', true],
      ['None', true],
    ] as const) {
      const answer = await server().post('model-versions/transition-stage', {
        name,
        version: '1',
        stage,
        archive_existing_versions: archive,
      });
      expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
    }
  });

  describe('a mistake is a 400 in MLflow’s words', () => {
    test.each([
      ['registered-models/create', {}, "Missing value for required parameter 'name'."],
      ['registered-models/create', { name: '  ' }, "Missing value for required parameter 'name'."],
      ['registered-models/create', { name: 'a/b' }, "Invalid model name 'a/b'. Names cannot contain '/' or ':'."],
      ['registered-models/create', { name: '..' }, 'This name would resolve to'],
      ['registered-models/alias', { name: 'm', alias: 'latest', version: '1' }, "'latest' alias name (case insensitive) is reserved."],
      ['registered-models/alias', { name: 'm', alias: 'V3', version: '1' }, "Version alias name 'V3' is reserved."],
      ['registered-models/alias', { name: 'm', alias: 'a b', version: '1' }, "Invalid alias name: 'a b'."],
      ['registered-models/alias', { name: 'm', alias: 'x'.repeat(256), version: '1' }, 'exceeds the maximum length of 255 characters'],
      ['registered-models/alias', { name: 'm', alias: 'a', version: 'one' }, "Parameter 'version' must be an integer, got 'one'."],
      ['model-versions/create', { name: 'm' }, "Missing value for required parameter 'source'."],
      [
        'model-versions/create',
        { name: 'm', source: 'mlflow-artifacts:/a/../b' },
        "Invalid model version source: 'mlflow-artifacts:/a/../b'.",
      ],
      ['model-versions/create', { name: 'm', source: 'mlflow-artifacts://h/%252e%252e%252f' }, 'Invalid model version source'],
      ['model-versions/create', { name: 'm', source: 'https://h/artifacts%00' }, 'Invalid model version source'],
      ['model-versions/create', { name: 'm', source: '/etc' }, 'To use a local path as a model version source'],
      ['model-versions/create', { name: 'm', source: 'file:///etc/passwd' }, 'To use a local path as a model version source'],
      ['model-versions/create', { name: 'm', source: `models:/m-${'0'.repeat(32)}` }, 'Unable to fetch model from model URI'],
      ['registered-models/set-tag', { name: 'm', key: 'k', value: 'x'.repeat(100_001) }, 'exceeds the maximum length of 100000 characters'],
      [
        'registered-models/set-tag',
        { name: 'm', key: 'mlflow.prompt.text', value: 'x'.repeat(100_001) },
        'Prompt text exceeds max length of 100000 characters.',
      ],
    ])('%s %j', async (path, body, message) => {
      const answer = await server().post(path, body);
      expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
      expect(answer.body.message).toContain(message);
    });

    test('twice the same name is refused, also when renaming', async () => {
      for (const name of ['one', 'two']) await server().ok('registered-models/create', { name });
      const exists = { status: 400, body: { error_code: 'RESOURCE_ALREADY_EXISTS' } };
      expect(await server().post('registered-models/create', { name: 'one' })).toMatchObject(exists);
      expect(await server().post('registered-models/rename', { name: 'two', new_name: 'one' })).toMatchObject(exists);
      expect(await server().get('registered-models/get', { name: 'three' })).toMatchObject({ status: 404 });
    });
  });

  test('a source that is a logged model or another version leads to the files of it', async () => {
    const run_id = await server().run('0');
    const { model: made } = await server().ok<{ model: { info: { model_id: string; artifact_uri: string } } }>('logged-models', {
      experiment_id: '0',
      name: 'lm',
      source_run_id: run_id,
    });
    const { model_id, artifact_uri } = made.info;
    expect(artifact_uri).toBe(`mlflow-artifacts:/0/models/${model_id}/artifacts`);
    await server().ok('registered-models/create', { name: 'sourced' });
    const version = await addVersion(server(), 'sourced', { source: `models:/${model_id}`, model_id });
    expect(version).toMatchObject({ run_id, source: `models:/${model_id}` });
    await addVersion(server(), 'sourced', { source: 'models:/sourced/1' });
    await addVersion(server(), 'sourced', { source: `runs:/${run_id}/model` });
    const uris = await Promise.all(
      ['1', '2', '3'].map((number) => server().get('model-versions/get-download-uri', { name: 'sourced', version: number })),
    );
    expect(uris.map(({ body }) => body['artifact_uri'])).toEqual([
      artifact_uri,
      artifact_uri,
      `mlflow-artifacts:/0/${run_id}/artifacts/model`,
    ]);
    const logged = await server().get(`logged-models/${model_id}`);
    const tags = (logged.body['model'] as { info: { tags: { key: string; value: string }[] } }).info.tags;
    expect(JSON.parse(tags.find(({ key }) => key === 'mlflow.modelVersions')?.value ?? '')).toEqual([{ name: 'sourced', version: 1 }]);
  });

  test('searches page, and hide prompts unless asked for them', async () => {
    for (const name of ['s-a', 's-b', 's-c']) {
      await server().ok('registered-models/create', { name, tags: [{ key: 'kind', value: name }] });
      await addVersion(server(), name, { run_id: 'e'.repeat(32), tags: [{ key: 'kind', value: name }] });
    }
    await server().ok('registered-models/create', { name: 's-prompt', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] });
    const names = async (query: Record<string, string | string[]>) => {
      const { body } = await server().get('registered-models/search', query);
      return {
        names: ((body['registered_models'] ?? []) as { name: string }[]).map(({ name }) => name),
        token: body['next_page_token'] as string,
      };
    };
    const filter = "name LIKE 's-%'";
    expect((await names({ filter })).names).toEqual(['s-a', 's-b', 's-c']);
    expect((await names({ filter: `${filter} AND tag.\`mlflow.prompt.is_prompt\` != 'true'` })).names).toEqual(['s-a', 's-b', 's-c']);
    expect((await names({ filter: "tags.`mlflow.prompt.is_prompt` = 'true'" })).names).toEqual(['s-prompt']);
    expect((await names({ filter: "tags.kind ILIKE 'S-B'" })).names).toEqual(['s-b']);
    const first = await names({ filter, order_by: 'name DESC', max_results: '2' });
    const second = await names({ filter, order_by: 'name DESC', max_results: '2', page_token: first.token });
    expect([first.names, second.names, second.token]).toEqual([['s-c', 's-b'], ['s-a'], undefined]);
    const versions = async (query: Record<string, string>) =>
      (((await server().get('model-versions/search', query)).body['model_versions'] ?? []) as { name: string }[]).map(({ name }) => name);
    expect(await versions({ filter: `run_id = '${'e'.repeat(32)}'`, order_by: 'name' })).toEqual(['s-a', 's-b', 's-c']);
    expect(await versions({ filter: "tags.kind = 's-b' and version_number > 0" })).toEqual(['s-b']);
    expect(await versions({ filter: "source_path LIKE 's3:%' and name IN ('s-a')" })).toEqual(['s-a']);
    for (const wrong of [{ max_results: '1001' }, { max_results: '0' }, { filter: 'version = 1' }, { page_token: 'x' }] as Record<
      string,
      string
    >[]) {
      expect((await server().get('registered-models/search', wrong)).status).toBe(400);
    }
  });

  test('renaming keeps versions, tags, aliases and their history; deleting takes all', async () => {
    await server().ok('registered-models/create', { name: 'old', tags: [{ key: 'a', value: 'b' }] });
    await addVersion(server(), 'old');
    await server().ok('registered-models/alias', { name: 'old', alias: 'x', version: '1' });
    await server().ok('registered-models/rename', { name: 'old', new_name: 'new' });
    expect(await model(server(), 'new')).toMatchObject({
      aliases: [{ alias: 'x', version: '1' }],
      tags: [{ key: 'a', value: 'b' }],
      latest_versions: [{ name: 'new' }],
    });
    expect((await server().get('/api/v1/registry/alias-history', { name: 'new', alias: 'x' })).body['items']).toHaveLength(1);
    await server().call('DELETE', 'registered-models/delete', { name: 'new' });
    expect((await server().get('registered-models/get', { name: 'new' })).status).toBe(404);
    expect((await server().get('model-versions/search', { filter: "name = 'new'" })).body).toEqual({});
  });

  test('the page of a version tells its moves, also those away from it', async () => {
    await server().ok('registered-models/create', { name: 'paged' });
    for (let i = 0; i < 2; i++) await addVersion(server(), 'paged', { tags: [{ key: 'k', value: String(i) }] });
    for (const version of ['1', '2']) {
      await server().ok('/api/v1/registry/alias', { name: 'paged', alias: 'live', version, by: 'ada', reason: `to ${version}` });
    }
    const page = (await server().get('/api/v1/registry/versions/paged/1')).body;
    expect(page).toMatchObject({ version: '1', tags: { k: '0' }, aliases: [], run: null, deployments: null });
    expect(page['alias_moves']).toMatchObject([
      { alias: 'live', from: '1', to: '2', by: 'ada', reason: 'to 2' },
      { alias: 'live', from: null, to: '1' },
    ]);
  });
});
