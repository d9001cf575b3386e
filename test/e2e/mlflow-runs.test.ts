import { describe, expect, test } from 'vitest';
import { onBothDatabases } from './mlflow-server.ts';

const SEE = ' See the API docs for more information about request parameters.';

onBothDatabases("MLflow's runs over REST", (server) => {
  test('the same endpoint answers under every mount', async () => {
    for (const mount of ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0']) {
      const { status, body } = await server().get(`${mount}/mlflow/experiments/get`, { experiment_id: '0' });
      expect([status, (body['experiment'] as { name: string }).name]).toEqual([200, 'Default']);
    }
    expect((await server().get('/version')).body['text']).toMatch(/^3\.\d+\.\d+$/u);
  });

  test('integers come back as numbers, empty fields not at all, and run_uuid beside run_id', async () => {
    const id = await server().experiment('wire');
    const { run } = await server().ok<{ run: { info: Record<string, unknown>; data: unknown } }>('runs/create', {
      experiment_id: id,
      start_time: '123',
      user_id: '',
    });
    expect(run.info).toMatchObject({ start_time: 123, experiment_id: id, status: 'RUNNING', user_id: '', lifecycle_stage: 'active' });
    expect(run.info['run_id']).toMatch(/^[0-9a-f]{32}$/u);
    expect(run.info['run_uuid']).toBe(run.info['run_id']);
    expect(run.info['artifact_uri']).toBe(`mlflow-artifacts:/${id}/${run.info['run_id']}/artifacts`);
    expect(run.info).not.toHaveProperty('end_time');
    expect(Object.keys(run.data as object)).toEqual(['tags']);
    const byUuid = await server().get('runs/get', { run_uuid: String(run.info['run_id']) });
    expect(byUuid.body['run']).toMatchObject({ info: { run_name: run.info['run_name'] } });
    expect((await server().post('runs/set-tag', { run_uuid: run.info['run_id'], key: 'a', value: 'b', unknown: 1 })).status).toBe(200);
  });

  describe('a mistake is a 400 in MLflow’s words, never a 5xx', () => {
    const point = { run_id: 'a'.repeat(32), key: 'm', value: 1, timestamp: 1 };
    test.each([
      ['experiments/create', {}, `Missing value for required parameter 'name'.${SEE}`],
      ['experiments/create', { name: '' }, `Missing value for required parameter 'name'.${SEE}`],
      ['experiments/create', { name: 5 }, `Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'.${SEE}`],
      ['experiments/create', { name: 'x'.repeat(501) }, "'name' exceeds the maximum length of 500 characters"],
      ['experiments/create', { name: 'frag', artifact_location: 's3://b/x#y' }, 'Artifact location'],
      ['experiments/search', {}, 'max_results'],
      ['experiments/search', { max_results: 0 }, 'max_results'],
      ['experiments/search', { max_results: 50_001 }, 'max_results'],
      ['experiments/delete', { experiment_id: 'abc' }, "Invalid experiment ID 'abc'. Experiment ID must be a valid integer."],
      [
        'runs/create',
        { experiment_id: '0', run_name: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] },
        "Both 'run_name' argument and 'mlflow.runName' tag",
      ],
      ['runs/log-metric', { key: 'm', value: 1, timestamp: 1 }, `Missing value for required parameter 'run_id'.${SEE}`],
      ['runs/log-metric', { ...point, timestamp: 1.5 }, "Invalid value 1.5 for parameter 'timestamp' supplied"],
      ['runs/log-metric', { ...point, timestamp: -1 }, 'Timestamp must be a nonnegative long (64-bit integer)'],
      ['runs/log-metric', { ...point, value: 'abc' }, 'Invalid value "abc" for parameter \'value\' supplied'],
      ['runs/log-metric', { ...point, key: '../x' }, 'Names may be treated as files in certain cases'],
      ['runs/log-metric', { ...point, key: 'a;b' }, 'Names may only contain alphanumerics'],
      ['runs/log-metric', { ...point, key: 'x'.repeat(251) }, 'exceeds the maximum length of 250 characters'],
      [
        'runs/log-batch',
        {
          run_id: point.run_id,
          metrics: [
            { key: 'a', value: 1, timestamp: 1 },
            { key: 'b', timestamp: 1 },
          ],
        },
        "Missing value for required parameter 'metrics[1].value'.",
      ],
      ['runs/log-batch', { run_id: point.run_id, params: [{ value: 'x' }] }, "Missing value for required parameter 'params[0].key'."],
      [
        'runs/log-batch',
        {
          run_id: point.run_id,
          params: [
            { key: 'a', value: '1' },
            { key: 'a', value: '2' },
          ],
        },
        'Duplicate parameter keys have been submitted',
      ],
      ['runs/log-batch', { run_id: point.run_id, metrics: 'x' }, 'Invalid value "x" for parameter \'metrics\' supplied'],
      ['runs/search', { experiment_ids: ['0'], max_results: 50_001 }, 'max_results'],
      ['runs/search', { experiment_ids: ['0'], page_token: 'garbage' }, 'Invalid page token'],
      ['runs/search', { experiment_ids: ['0'], page_token: btoa('{"offset":100}') }, 'Invalid page token'],
      ['runs/search', { experiment_ids: ['0'], filter: 'metrics.a = 1 OR' }, '(at position 17)'],
      ['runs/set-tag', { run_id: point.run_id, key: 'a\u0000', value: '' }, 'Invalid value'],
      ['logged-models', { experiment_id: '0', name: 'a/b' }, 'Invalid model name'],
      ['experiments/search-datasets', { experiment_ids: [] }, 'must specify at least one experiment_id'],
    ])('%s %j', async (path, body, message) => {
      const answer = await server().post(path, body);
      expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
      expect(answer.body.message).toContain(message);
    });

    test.each([
      ['runs/create', { experiment_id: '77' }, 'No Experiment with id=77 exists'],
      ['runs/update', { run_id: 'b'.repeat(32) }, `Run with id=${'b'.repeat(32)} not found`],
      ['runs/log-metric', { run_id: 'c'.repeat(32), key: 'm', value: 1, timestamp: 1 }, `Run with id=${'c'.repeat(32)} not found`],
      ['experiments/restore', { experiment_id: '0' }, 'No Experiment with id=0 exists'],
    ])('what is not there is a 404: %s %j', async (path, body, message) => {
      expect(await server().post(path, body)).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message } });
    });

    test('bodies that are not JSON, not an object or of another type', async () => {
      expect((await server().call('POST', 'runs/create', '{"experiment_id":')).status).toBe(400);
      expect((await server().call('POST', 'runs/log-metric', '{"value":NaN}')).status).toBe(400);
      expect((await server().call('POST', 'runs/create', '[]')).status).toBe(400);
      const typed = await server().raw('POST', 'runs/create', { body: '{}', headers: { 'content-type': 'text/plain' } });
      expect(typed).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
      expect(await server().get('nothing/here')).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
    });
  });

  test('a batch is all or nothing', async () => {
    const run_id = await server().run('0');
    await server().ok('runs/log-parameter', { run_id, key: 'lr', value: '1' });
    const batch = {
      run_id,
      metrics: [{ key: 'm', value: 1, timestamp: 1 }],
      params: [
        { key: 'new', value: 'x' },
        { key: 'lr', value: '2' },
      ],
    };
    expect(await server().post('runs/log-batch', batch)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('Changing param values is not allowed') },
    });
    const { body } = await server().get('runs/get', { run_id });
    expect(body['run']).toMatchObject({ data: { params: [{ key: 'lr', value: '1' }] } });
    expect((body['run'] as { data: object }).data).not.toHaveProperty('metrics');
    expect((await server().post('runs/log-parameter', { run_id, key: 'lr', value: '1' })).status).toBe(200);
  });

  test('limits of a batch count each kind and all together', async () => {
    const run_id = await server().run('0');
    const metrics = (n: number) => Array.from({ length: n }, (_, i) => ({ key: 'm', value: i, timestamp: i }));
    const tags = (n: number) => Array.from({ length: n }, (_, i) => ({ key: `t${i}`, value: '' }));
    const refused = async (batch: object) => (await server().post('runs/log-batch', { run_id, ...batch })).body.message;
    expect(await refused({ metrics: metrics(1001) })).toContain('at most 1000 metrics. Got 1001 metrics');
    expect(await refused({ tags: tags(101) })).toContain('at most 100 tags');
    expect(await refused({ metrics: metrics(950), tags: tags(51) })).toContain('at most 1000 metrics, params, and tags');
    expect((await server().post('runs/log-batch', { run_id, metrics: metrics(1000) })).status).toBe(200);
  });

  test('the latest point of a metric is the greatest of step, then time, then value; history is in order of time', async () => {
    const run_id = await server().run('0');
    const at = (step: number, timestamp: number, value: number | string) => ({ key: 'm', step, timestamp, value });
    await server().ok('runs/log-batch', { run_id, metrics: [at(2, 10, 1), at(1, 99, 7), at(2, 10, 3), at(2, 9, 8), at(2, 10, 3)] });
    await server().ok('runs/log-metric', { run_id, ...at(0, 500, 9) });
    const { body } = await server().get('runs/get', { run_id });
    expect(body['run']).toMatchObject({ data: { metrics: [at(2, 10, 3)] } });
    const history = await server().get('metrics/get-history', { run_id, metric_key: 'm' });
    expect(history.body['metrics']).toEqual([at(2, 9, 8), at(2, 10, 1), at(2, 10, 3), at(1, 99, 7), at(0, 500, 9)]);
    const seen: unknown[] = [];
    for (let page_token = ''; ; ) {
      const page = await server().get('metrics/get-history', {
        run_id,
        metric_key: 'm',
        max_results: '2',
        ...(page_token ? { page_token } : {}),
      });
      seen.push(...(page.body['metrics'] as unknown[]));
      if (page.body['next_page_token'] === undefined) break;
      page_token = String(page.body['next_page_token']);
    }
    expect(seen).toEqual(history.body['metrics']);
    expect((await server().get('metrics/get-history', { run_id: 'd'.repeat(32), metric_key: 'm' })).body).toEqual({});
  });

  test('NaN and infinities travel as words', async () => {
    const run_id = await server().run('0');
    for (const value of ['NaN', 'Infinity', '-Infinity'])
      await server().ok('runs/log-metric', { run_id, key: value.replace('-', 'm'), value, timestamp: '1' });
    const { body } = await server().get('runs/get', { run_id });
    const metrics = (body['run'] as { data: { metrics: { key: string; value: unknown }[] } }).data.metrics;
    expect(Object.fromEntries(metrics.map(({ key, value }) => [key, value]))).toEqual({
      NaN: 'NaN',
      Infinity: 'Infinity',
      mInfinity: '-Infinity',
    });
  });

  test('long values of parameters and tags are cut', async () => {
    const run_id = await server().run('0');
    await server().ok('runs/log-parameter', { run_id, key: 'p', value: '😀'.repeat(6001) });
    await server().ok('runs/set-tag', { run_id, key: 't', value: 'y'.repeat(9000) });
    const { body } = await server().get('runs/get', { run_id });
    const { params, tags } = (body['run'] as { data: { params: { value: string }[]; tags: { key: string; value: string }[] } }).data;
    expect([...(params[0]?.value ?? '')].length).toBe(6000);
    expect(tags.find(({ key }) => key === 't')?.value.length).toBe(8000);
  });

  test('deleting an experiment deletes its runs, restoring brings them back, its name stays taken', async () => {
    const id = await server().experiment('doomed');
    const run_id = await server().run(id);
    await server().ok('experiments/delete', { experiment_id: id });
    expect(await server().post('experiments/delete', { experiment_id: id })).toMatchObject({ status: 404 });
    expect(await server().post('experiments/create', { name: 'doomed' })).toMatchObject({
      status: 400,
      body: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    });
    expect(await server().post('runs/create', { experiment_id: id })).toMatchObject({
      status: 400,
      body: { message: `The experiment ${id} must be in the 'active' state. Current state is deleted.` },
    });
    expect(await server().post('runs/set-tag', { run_id, key: 'a' })).toMatchObject({
      status: 400,
      body: { message: `The run ${run_id} must be in the 'active' state. Current state is deleted.` },
    });
    expect((await server().get('experiments/get', { experiment_id: id })).body['experiment']).toMatchObject({ lifecycle_stage: 'deleted' });
    await server().ok('experiments/restore', { experiment_id: id });
    expect((await server().post('runs/set-tag', { run_id, key: 'a' })).status).toBe(200);
  });

  test('an experiment that is deleted while runs are made in it holds none that is active', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await server().experiment(`deleted among runs ${round}`);
      const creations = Array.from({ length: 12 }, () => server().post('runs/create', { experiment_id: id }));
      const deletion = server().post('experiments/delete', { experiment_id: id });
      expect((await deletion).status).toBe(200);
      const made = await Promise.all(creations);
      expect(made.filter(({ status }) => status !== 200 && status !== 400)).toEqual([]);
      const search = (run_view_type: string) =>
        server().ok<{ runs?: readonly unknown[] }>('runs/search', { experiment_ids: [id], run_view_type });
      expect(await search('ACTIVE_ONLY')).toEqual({});
      expect((await search('DELETED_ONLY')).runs ?? []).toHaveLength(made.filter(({ status }) => status === 200).length);
    }
  });

  test('of several values of a parameter that are logged at the same time one stays, and the others are refused', async () => {
    const run_id = await server().run('0');
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      const values = Array.from({ length: 8 }, (_, i) => String(i));
      const answers = await Promise.all(values.map((value) => server().post('runs/log-parameter', { run_id, key, value })));
      const kept = values.filter((_, i) => answers[i]?.status === 200);
      expect(kept).toHaveLength(1);
      expect(answers.filter(({ status }) => status !== 200).every(({ status }) => status === 400)).toBe(true);
      const { run } = (await server().get('runs/get', { run_id })).body as unknown as { run: { data: { params: { key: string }[] } } };
      expect(run.data.params).toContainEqual({ key, value: kept[0] });
      expect((await server().post('runs/log-parameter', { run_id, key, value: kept[0] })).status).toBe(200);
      const half = [
        { key: `${key}2`, value: '1' },
        { key, value: 'other' },
      ];
      expect((await server().post('runs/log-batch', { run_id, params: half })).status).toBe(400);
    }
    const { run } = (await server().get('runs/get', { run_id })).body as unknown as { run: { data: { params: unknown[] } } };
    expect(run.data.params).toHaveLength(5);
  });

  test('status may be a word or a number, and an unknown one is ignored', async () => {
    const run_id = await server().run('0');
    const update = async (status: unknown) =>
      (await server().ok<{ run_info: { status: string } }>('runs/update', { run_id, status })).run_info.status;
    expect([await update('SCHEDULED'), await update('NONSENSE'), await update(3)]).toEqual(['SCHEDULED', 'SCHEDULED', 'FINISHED']);
    await server().ok('runs/set-tag', { run_id, key: 'mlflow.runName', value: 'by tag' });
    expect((await server().ok<{ run_info: { run_name: string } }>('runs/update', { run_id })).run_info.run_name).toBe('by tag');
  });

  test('histories of many runs are sampled evenly with the last step on top', async () => {
    const [a, b] = [await server().run('0'), await server().run('0')];
    for (const [run_id, first] of [
      [a, 0],
      [b, 5],
    ] as const) {
      const metrics = Array.from({ length: 10 - first }, (_, i) => ({ key: 'm', value: i, timestamp: i, step: first + i }));
      await server().ok('runs/log-batch', { run_id, metrics });
    }
    const query = { metric_key: 'm', max_results: '5' };
    const one = await server().get('metrics/get-history-bulk-interval', { ...query, run_ids: a });
    expect((one.body['metrics'] as { step: number }[]).map(({ step }) => step)).toEqual([0, 2, 4, 6, 8, 9]);
    const two = await server().get('metrics/get-history-bulk-interval', { ...query, run_ids: [a, b] });
    const ofB = (two.body['metrics'] as { run_id: string; step: number }[]).filter(({ run_id }) => run_id === b);
    expect(ofB.map(({ step }) => step)).toEqual([5, 6, 8, 9]);
    const bulk = await server().get('/ajax-api/2.0/mlflow/metrics/get-history-bulk', {
      run_id: [a, b],
      metric_key: 'm',
      max_results: '12',
    });
    expect(bulk.body['metrics']).toHaveLength(12);
    const half = await server().get('metrics/get-history-bulk-interval', { ...query, run_ids: a, start_step: '1' });
    expect(half).toMatchObject({ status: 400, body: { message: expect.stringContaining('both must be specified') } });
  });

  test('a metric that was always logged at one step is shown by 2,500 of its points, from the first to the last', async () => {
    const [flat, short] = [await server().run('0'), await server().run('0')];
    const points = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ key: 'flat', value: from + i, timestamp: from + i, step: 0 }));
    for (let from = 0; from < 6000; from += 1000) await server().ok('runs/log-batch', { run_id: flat, metrics: points(from, 1000) });
    await server().ok('runs/log-batch', { run_id: short, metrics: points(0, 3) });
    const { body } = await server().get('metrics/get-history-bulk-interval', { metric_key: 'flat', run_ids: [short, flat] });
    const all = body['metrics'] as { run_id: string; value: number }[];
    expect(all.slice(0, 3).map(({ run_id, value }) => [run_id, value])).toEqual([0, 1, 2].map((value) => [short, value]));
    const values = all.slice(3).map(({ value }) => value);
    expect(values).toHaveLength(2500);
    expect([values[0], values.at(-1)]).toEqual([0, 5999]);
    const gaps = new Set(values.slice(1).map((value, i) => value - (values[i] as number)));
    expect([...gaps].sort()).toEqual([2, 3]);
  });
});
