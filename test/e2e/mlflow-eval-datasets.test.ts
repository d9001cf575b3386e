import { expect, test } from 'vitest';
import { type MlflowServer, onBothDatabases } from './mlflow-server.ts';

interface Dataset {
  readonly dataset_id: string;
  readonly [field: string]: unknown;
}

const BASE = '/api/3.0/mlflow/datasets';

async function make(server: MlflowServer, name: string, rest: object = {}): Promise<Dataset> {
  return (await server.ok<{ dataset: Dataset }>(`${BASE}/create`, { name, ...rest })).dataset;
}

async function records(server: MlflowServer, id: string): Promise<Record<string, unknown>[]> {
  return JSON.parse((await server.get(`${BASE}/${id}/records`)).body['records'] as string);
}

onBothDatabases('evaluation datasets over REST', (server) => {
  test('a dataset keeps its tags and experiments, until it is deleted', async () => {
    const [a, b] = [await server().experiment('ed-a'), await server().experiment('ed-b')];
    const made = await make(server(), 'kept', { experiment_ids: [a], tags: '{"team": "ml", "mlflow.user": "ada", "n": 1}' });
    expect(made).toMatchObject({ name: 'kept', experiment_ids: [a], created_by: 'ada', digest: expect.stringMatching(/^[0-9a-f]{8}$/u) });
    const id = made.dataset_id;
    const added = { experiment_ids: [a, b] };
    expect((await server().post(`${BASE}/${id}/add-experiments`, added)).body['dataset']).toMatchObject({
      experiment_ids: [a, b].toSorted(),
    });
    expect((await server().post(`${BASE}/${id}/add-experiments`, { experiment_ids: ['987654321'] })).body.message).toBe(
      'No Experiment with id=987654321 exists',
    );
    await server().ok(`${BASE}/${id}/remove-experiments`, { experiment_ids: [a] });
    expect((await server().get(`${BASE}/${id}/experiment-ids`)).body).toEqual({ experiment_ids: [b] });
    await server().call('PATCH', `${BASE}/${id}/tags`, { tags: '{"team": "data", "new": "x"}' });
    expect((await server().call('DELETE', `${BASE}/${id}/tags/new`)).status).toBe(200);
    const got = (await server().get(`${BASE}/${id}`)).body['dataset'] as { tags: string };
    expect(JSON.parse(got.tags)).toEqual({ team: 'data', 'mlflow.user': 'ada', n: '1' });
    expect((await server().call('DELETE', `${BASE}/${id}`)).body).toEqual({});
    for (const path of ['', '/records', '/experiment-ids']) {
      expect(await server().get(`${BASE}/${id}${path}`)).toMatchObject({
        status: 404,
        body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Evaluation dataset with id '${id}' not found` },
      });
    }
  });

  test('a record with the same inputs is the same record, and numbers stay as they were written', async () => {
    const { dataset_id: id } = await make(server(), 'recorded');
    const put = async (list: string) => (await server().post(`${BASE}/${id}/records`, { records: list })).body;
    const source = '{"source_type": "HUMAN", "source_data": {"user": "ada"}}';
    expect(
      await put(
        `[{"inputs": {"q": "x", "n": 1.0}, "outputs": "o", "expectations": {"a": 1}, "tags": {"t": "1", "mlflow.user": "ada"}, "source": ${source}}, {"inputs": {"q": "y"}}]`,
      ),
    ).toEqual({ inserted_count: 2, updated_count: 0 });
    expect(await put('[{"inputs": {"n": 1.0, "q": "x"}, "expectations": {"b": 12345678901234567890}, "tags": {"t": "2"}}]')).toEqual({
      inserted_count: 0,
      updated_count: 1,
    });
    const text = (await server().get(`${BASE}/${id}/records`)).body['records'] as string;
    expect(text).toContain('"inputs":{"q":"x","n":1.0}');
    expect(text).toContain('"expectations":{"a":1,"b":12345678901234567890}');
    const list = await records(server(), id);
    expect(list).toMatchObject([
      { dataset_id: id, outputs: 'o', tags: { t: '2', 'mlflow.user': 'ada' }, source_type: 'HUMAN', created_by: 'ada' },
      { inputs: { q: 'y' } },
    ]);
    const got = (await server().get(`${BASE}/${id}`)).body['dataset'] as { schema: string; profile: string };
    expect([JSON.parse(got.schema), got.profile]).toEqual([
      { inputs: { q: 'string', n: 'float' }, outputs: 'string', expectations: { a: 'integer', b: 'integer' }, version: '1.0' },
      '{"num_records": 2}',
    ]);
    const first = await server().get(`${BASE}/${id}/records`, { max_results: '1' });
    const page_token = first.body['next_page_token'] as string;
    const second = await server().get(`${BASE}/${id}/records`, { max_results: '1', page_token });
    expect(JSON.parse(second.body['records'] as string)).toEqual([list[1]]);
    expect(second.body).not.toHaveProperty('next_page_token');
    const gone = { dataset_record_ids: [list[0]?.['dataset_record_id'], 'dr-none'] };
    expect((await server().call('DELETE', `${BASE}/${id}/records`, gone)).body).toEqual({ deleted_count: 1 });
    expect(await records(server(), id)).toEqual([list[1]]);
  });

  test('records come once, whatever is deleted while their pages are read', async () => {
    const { dataset } = await server().ok<{ dataset: { dataset_id: string } }>(`${BASE}/create`, { name: `paged ${Math.random()}` });
    const path = `${BASE}/${dataset.dataset_id}/records`;
    const sent = Array.from({ length: 60 }, (_, i) => ({ inputs: { i } }));
    await server().ok(path, { records: JSON.stringify(sent) });
    const all = await records(server(), dataset.dataset_id);
    const deleted = all.filter((_, i) => i % 2 === 0).map((each) => each['dataset_record_id'] as string);
    const deletions = (async () => {
      for (const id of deleted) await server().call('DELETE', path, { dataset_record_ids: [id] });
    })();
    const seen: string[] = [];
    let page_token: string | undefined = '';
    while (page_token !== undefined) {
      const page: Record<string, unknown> = (await server().get(path, { max_results: '7', ...(page_token && { page_token }) })).body;
      const found = JSON.parse((page['records'] as string | undefined) ?? '[]') as { dataset_record_id: string }[];
      seen.push(...found.map((each) => each.dataset_record_id));
      page_token = page['next_page_token'] as string | undefined;
    }
    await deletions;
    expect(new Set(seen).size).toBe(seen.length);
    expect(all.map((each) => each['dataset_record_id'] as string).filter((id) => !deleted.includes(id) && !seen.includes(id))).toEqual([]);
  });

  test('a search filters by experiment, name and tag, orders and pages', async () => {
    const [a, b] = [await server().experiment('es-a'), await server().experiment('es-b')];
    await make(server(), 'es-1', { experiment_ids: [a], tags: '{"k": "x"}' });
    await make(server(), 'es-2', { experiment_ids: [a, b], tags: '{"k": "y"}' });
    await make(server(), 'es-3', { experiment_ids: [b], tags: '{"k": "x"}' });
    const found = async (query: object) => {
      const answer = await server().ok<{ datasets?: { name: string }[]; next_page_token?: string }>(`${BASE}/search`, query);
      return { names: (answer.datasets ?? []).map(({ name }) => name), token: answer.next_page_token };
    };
    const order_by = ['name ASC'];
    expect((await found({ experiment_ids: [a], order_by })).names).toEqual(['es-1', 'es-2']);
    expect((await found({ filter_string: "tags.k = 'x' AND name LIKE 'es-%'", order_by })).names).toEqual(['es-1', 'es-3']);
    const first = await found({ experiment_ids: [b], order_by: ['name DESC'], max_results: 1 });
    const second = await found({ experiment_ids: [b], order_by: ['name DESC'], max_results: 1, page_token: first.token });
    expect([first.names, second.names, second.token]).toEqual([['es-3'], ['es-2'], undefined]);
  });

  test.each([
    ['create', { name: 'x', tags: '[1]' }, 'Invalid value "[1]" for parameter \'tags\' supplied'],
    ['create', { name: 'x', tags: '{' }, 'Invalid value "{" for parameter \'tags\' supplied'],
    ['create', {}, "Missing value for required parameter 'name'."],
    ['search', { filter_string: 'colour = 1' }, "Invalid attribute key 'colour'"],
    ['d-none/records', { records: '[{"inputs": 1}]' }, "Invalid value 1 for parameter 'records[0].inputs' supplied"],
  ])('%s %j is a mistake that is named', async (path, body, message) => {
    const answer = await server().post(`${BASE}/${path}`, body);
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
    expect(answer.body.message).toContain(message);
  });
});
