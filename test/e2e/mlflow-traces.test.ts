import { expect, test } from 'vitest';
import { type MlflowServer, onBothDatabases } from './mlflow-server.ts';

interface First {
  readonly request_id: string;
  readonly [field: string]: unknown;
}

const TRACES = '/api/3.0/mlflow/traces';
const ID = 'tr-0123456789abcdef0123456789abcdef';

/** Keeps a whole trace as clients do since 3.2. */
async function keep(server: MlflowServer, rest: object): Promise<void> {
  const trace_info = {
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
    request_time: '2026-01-02T03:04:05.678Z',
    execution_duration: '0.250s',
    state: 'OK',
    ...rest,
  };
  await server.ok(TRACES, { trace: { trace_info } });
}

async function found(server: MlflowServer, filter: string): Promise<string[]> {
  const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }];
  const { traces = [] } = await server.ok<{ traces?: { trace_id: string }[] }>(`${TRACES}/search`, { locations, filter });
  return traces.map(({ trace_id }) => trace_id).toSorted();
}

onBothDatabases('traces over REST', (server) => {
  test('a trace of the first form begins, ends, and is read and found in that form', async () => {
    const pair = (key: string, value: string) => ({ key, value });
    const { trace_info } = await server().ok<{ trace_info: First }>('traces', {
      experiment_id: '0',
      timestamp_ms: 1000,
      request_metadata: [pair('a', '1'), pair('b', '2')],
      tags: [pair('t', 'x')],
    });
    expect(trace_info).toMatchObject({ experiment_id: '0', timestamp_ms: 1000, status: 'IN_PROGRESS' });
    const end = { timestamp_ms: 3000, status: 'OK', request_metadata: [pair('b', '3'), pair('c', '4')], tags: [pair('t', 'y')] };
    const ended = await server().call('PATCH', `traces/${trace_info.request_id}`, end);
    expect(ended.body['trace_info']).toMatchObject({ timestamp_ms: 1000, execution_time_ms: 2000, status: 'OK' });
    const got = (await server().get(`traces/${trace_info.request_id}/info`)).body['trace_info'] as Record<string, unknown>;
    expect(got['request_metadata']).toEqual([pair('a', '1'), pair('b', '3'), pair('c', '4')]);
    expect(got['tags']).toContainEqual(pair('t', 'y'));
    const listed = await server().get('traces', { experiment_ids: '0', filter: 'tags.t = "y"' });
    expect(listed.body['traces']).toMatchObject([{ request_id: trace_info.request_id }]);
    expect(await server().call('PATCH', 'traces/tr-none', end)).toMatchObject({ status: 404 });
    for (const timestamp_ms of [9.0e15, -5e15]) {
      expect((await server().post('traces', { experiment_id: '0', timestamp_ms })).status).toBe(400);
      expect((await server().call('PATCH', `traces/${trace_info.request_id}`, { ...end, timestamp_ms })).status).toBe(400);
    }
    expect((await server().post('traces', {})).body.message).toMatch(/^Missing value for required parameter 'trace'\./u);
  });

  test('a trace is found by the run it was made in and by those it was linked to', async () => {
    const [made, linked] = ['a'.repeat(32), 'b'.repeat(32)];
    await keep(server(), { trace_id: 'tr-made', trace_metadata: { 'mlflow.sourceRun': made } });
    await keep(server(), { trace_id: 'tr-other' });
    expect((await server().post('traces/link-to-run', { trace_ids: ['tr-made', 'tr-other', 'tr-unknown'], run_id: linked })).status).toBe(
      200,
    );
    await server().ok('traces/link-to-run', { trace_ids: ['tr-other'], run_id: linked });
    expect(await found(server(), `attribute.run_id = '${made}'`)).toEqual(['tr-made']);
    expect(await found(server(), `run_id = '${linked}'`)).toEqual(['tr-made', 'tr-other']);
    expect(await found(server(), `run_id != '${made}' AND trace_id LIKE 'tr-o%'`)).toEqual(['tr-other']);
    const many = { trace_ids: Array.from({ length: 101 }, (_, i) => `tr-${i}`), run_id: linked };
    expect((await server().post('traces/link-to-run', many)).body.message).toMatch(/^Cannot link more than 100 traces/u);
    expect((await server().post('traces/delete-traces', { experiment_id: '0', request_ids: ['tr-other'] })).body).toEqual({
      traces_deleted: 1,
    });
  });

  test('spans come as their client wrote them, and in the form of OpenTelemetry', async () => {
    await keep(server(), { trace_id: ID });
    expect((await server().get(`${TRACES}/get`, { trace_id: ID })).body.message).toBe("Trace with ID 'get' not found.");
    const span = `{"trace_id":"ASNFZ4mrze8BI0VniavN7w==","span_id":"AAAAAAAAAAE=","parent_span_id":null,"name":"test",
      "start_time_unix_nano":1767323045678000001,"end_time_unix_nano":1767323045679000001,
      "status":{"code":"STATUS_CODE_OK","message":""},
      "attributes":{"fruit":"\\"apple\\"","n":"[1, 1.0, true, null]","o":"{\\"k\\": 1234567890123456789}","bad":"NaN"},
      "links":[{"trace_id":"${ID}","span_id":"0000000000000001","attributes":{}}],
      "events":[{"name":"e","time_unix_nano":5,"attributes":{"foo":"bar"}}]}`;
    const text = `{"spans":[${span}]}`;
    const put = await server().raw('PUT', `/api/2.0/mlflow-artifacts/artifacts/0/traces/${ID}/artifacts/traces.json`, { body: text });
    expect(put.status).toBe(200);
    const file = await server().raw('GET', `/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${ID}`, {});
    expect([file.headers.get('content-disposition'), file.body['text']]).toEqual(['attachment; filename=traces.json', text]);
    const { trace } = (await server().get(`${TRACES}/get`, { trace_id: ID })).body as unknown as {
      trace: { trace_info: object; spans: Record<string, unknown>[] };
    };
    expect(trace.trace_info).toMatchObject({ trace_id: ID, state: 'OK' });
    expect(trace.spans).toMatchObject([
      {
        span_id: 'AAAAAAAAAAE=',
        name: 'test',
        start_time_unix_nano: '1767323045678000001',
        links: [{ trace_id: 'ASNFZ4mrze8BI0VniavN7w==', span_id: 'AAAAAAAAAAE=' }],
        events: [{ name: 'e', time_unix_nano: 5, attributes: [{ key: 'foo', value: { string_value: 'bar' } }] }],
      },
    ]);
    expect(trace.spans[0]?.['attributes']).toEqual([
      { key: 'fruit', value: { string_value: 'apple' } },
      { key: 'n', value: { array_value: { values: [{ int_value: '1' }, { double_value: 1 }, { bool_value: true }, {}] } } },
      { key: 'o', value: { kvlist_value: { values: [{ key: 'k', value: { int_value: '1234567890123456789' } }] } } },
      { key: 'bad', value: { string_value: 'NaN' } },
    ]);
    for (const path of [`${TRACES}/get?trace_id=tr-no`, '/ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-no']) {
      expect(await server().raw('GET', path, {})).toMatchObject({ status: 404, body: { message: "Trace with ID 'tr-no' not found." } });
    }
  });
});
