import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { exportTracesShape } from '#contract/otlp/export-traces.ts';
import { encodeMessage } from '#http/grpc/protobuf.ts';
import { type Answer, type MlflowServer, onBothDatabases } from './mlflow-server.ts';

const TRACES = '/api/3.0/mlflow/traces';
const START = 1_767_323_045_678_000_001n;

interface Wire {
  readonly trace_info: Record<string, unknown> & { readonly tags: Record<string, string>; readonly trace_metadata: Record<string, string> };
  readonly spans: readonly Record<string, unknown>[];
}

const text = (key: string, string_value: string) => ({ key, value: { string_value } });
const whole = (key: string, value: number) => ({ key, value: { int_value: BigInt(value) } });

function span(trace: Buffer, id: number, rest: object = {}) {
  const span_id = Buffer.alloc(8);
  span_id.writeUInt32BE(id);
  return { trace_id: trace, span_id, name: `s${id}`, start_time_unix_nano: START, end_time_unix_nano: START + 250_000_000n, ...rest };
}

function exported(spans: readonly object[], resource: readonly object[] = []): Uint8Array {
  return encodeMessage(exportTracesShape, { resource_spans: [{ resource: { attributes: resource }, scope_spans: [{ spans }] }] });
}

/** Two bytes each, of which a reader makes objects. */
function emptySpans(count: number): Uint8Array {
  const spans = Buffer.alloc(2 * count, Buffer.from([0x12, 0]));
  const within = (bytes: Buffer): Buffer => Buffer.concat([encodeMessage({ 1: { name: 'a', kind: 'bytes' } }, { a: bytes })]);
  const scope = within(spans);
  // The same field with number 2: the scope's spans within a resource.
  scope[0] = 0x12;
  return within(scope);
}

function exportedJson(startTimeUnixNano: string): string {
  const spans = [{ traceId: '01', spanId: '01', startTimeUnixNano }];
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function send(server: MlflowServer, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Answer> {
  const all = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0', ...headers };
  return server.raw('POST', '/v1/traces', { headers: all, body: typeof body === 'string' ? body : Buffer.from(body) });
}

async function read(server: MlflowServer, trace: Buffer): Promise<Wire> {
  const answer = await server.get(`${TRACES}/get`, { trace_id: `tr-${trace.toString('hex')}`, allow_partial: 'true' });
  expect(answer.status).toBe(200);
  return answer.body['trace'] as unknown as Wire;
}

const attributesOf = (wire: Wire, at = 0) => {
  const { attributes } = wire.spans[at] as { attributes: { key: string; value: unknown }[] };
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
};

onBothDatabases('spans by OTLP', (server) => {
  test('come back in the form of OpenTelemetry, and make a trace', async () => {
    const trace = randomBytes(16);
    const nested = { array_value: { values: [{ int_value: 9007199254740993n }, { double_value: 1 }, { bool_value: true }, {}] } };
    const root = span(trace, 1, {
      attributes: [
        text('mlflow.spanInputs', '{"messages": [{"role": "user", "content": "hello"}]}'),
        text('plain', 'ü "quoted"'),
        { key: 'list', value: nested },
      ],
      events: [{ name: 'e', time_unix_nano: 5n, attributes: [text('foo', 'bar')] }],
      links: [{ trace_id: trace, span_id: Buffer.alloc(8, 2) }],
      status: { code: 1 },
    });
    const child = span(trace, 2, { parent_span_id: root.span_id, end_time_unix_nano: START + 500_000_000n });
    const sent = await send(
      server(),
      exported([child, root], [text('service.name', 'shop'), text('telemetry.sdk.name', 'x'), text('mlflow.a', 'x')]),
    );
    expect([sent.status, sent.headers.get('content-type'), sent.body['text']]).toEqual([200, 'application/x-protobuf', '']);
    const wire = await read(server(), trace);
    expect(wire.trace_info).toMatchObject({
      state: 'OK',
      request_time: '2026-01-02T03:04:05.678Z',
      execution_duration: '0.500s',
      request_preview: 'hello',
      tags: { 'mlflow.trace.spansLocation': 'TRACKING_STORE', 'service.name': 'shop' },
    });
    expect(Object.keys(wire.trace_info.tags).toSorted()).toEqual(['mlflow.artifactLocation', 'mlflow.trace.spansLocation', 'service.name']);
    expect(wire.spans).toMatchObject([
      {
        trace_id: trace.toString('base64'),
        name: 's1',
        start_time_unix_nano: String(START),
        status: { code: 'STATUS_CODE_OK' },
        events: [{ name: 'e', attributes: [{ key: 'foo', value: { string_value: 'bar' } }] }],
        links: [{ trace_id: trace.toString('base64') }],
      },
      { name: 's2', parent_span_id: root.span_id.toString('base64') },
    ]);
    expect(attributesOf(wire)).toMatchObject({
      plain: { string_value: 'ü "quoted"' },
      list: { array_value: { values: [{ int_value: '9007199254740993' }, { double_value: 1 }, { bool_value: true }, {}] } },
      'mlflow.spanInputs': { kvlist_value: { values: [{ key: 'messages' }] } },
      'mlflow.traceRequestId': { string_value: `tr-${trace.toString('hex')}` },
    });
    const trace_id = `tr-${trace.toString('hex')}`;
    const batch = await server().get(`${TRACES}/batchGet`, { trace_ids: [trace_id, 'tr-no'] });
    expect(batch.body['traces']).toEqual([wire]);
    const infos = await server().post(`${TRACES}/batchGetInfos`, { trace_ids: ['tr-no', trace_id] });
    expect(infos.body['trace_infos']).toEqual([wire.trace_info]);
    expect((await server().post(`${TRACES}/batchGetInfos`, { trace_ids: [trace_id], experiment_ids: [] })).body).toEqual({});
    const file = await server().raw('GET', `/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${trace_id}`, {});
    expect((file.body['spans'] as object[]).length).toBe(2);
    expect((await server().post('traces/delete-traces', { experiment_id: '0', request_ids: [trace_id] })).body).toEqual({
      traces_deleted: 1,
    });
    expect((await server().get(`${TRACES}/get`, { trace_id })).status).toBe(404);
  });

  test('are read from JSON, and unpacked', async () => {
    const trace = randomBytes(16);
    const json = (id: number) =>
      JSON.stringify({
        unknown: 1,
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    traceId: trace.toString('hex'),
                    spanId: `000000000000000${id}`,
                    name: `j${id}`,
                    startTimeUnixNano: String(START),
                    endTimeUnixNano: String(START),
                    attributes: [{ key: 'n', value: { intValue: '12345678901234567' } }],
                    status: { code: 'STATUS_CODE_ERROR', message: 'bad luck' },
                  },
                ],
              },
            ],
          },
        ],
      });
    const type = { 'content-type': 'application/json; charset=utf-8' };
    expect((await send(server(), json(1), type)).status).toBe(200);
    expect((await send(server(), gzipSync(json(2)), { ...type, 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await send(server(), deflateSync(json(3)), { ...type, 'content-encoding': 'deflate' })).status).toBe(200);
    expect((await send(server(), deflateRawSync(json(4)), { ...type, 'content-encoding': 'deflate' })).status).toBe(200);
    const wire = await read(server(), trace);
    expect(wire.spans.map(({ name }) => name)).toEqual(['j1', 'j2', 'j3', 'j4']);
    expect(wire.spans[0]).toMatchObject({ status: { code: 'STATUS_CODE_ERROR', message: 'bad luck' } });
    expect(attributesOf(wire)).toMatchObject({ n: { int_value: '12345678901234567' } });
    expect(wire.trace_info['state']).toBe('ERROR');
  });

  test('that are none are refused, and nothing of the request is kept', async () => {
    const trace = randomBytes(16);
    const good = exported([span(trace, 1)]);
    const json = { 'content-type': 'application/json' };
    const refused: [Promise<Answer>, number, RegExp][] = [
      [send(server(), good, { 'content-type': 'text/plain' }), 400, /^Invalid Content-Type: text\/plain\./u],
      [send(server(), 'this is not valid protobuf data at all'), 400, /^Invalid OpenTelemetry format/u],
      [send(server(), good, json), 400, /^Invalid OpenTelemetry format/u],
      [send(server(), '{"resourceSpans": 7}', json), 400, /^Invalid OpenTelemetry format$/u],
      [send(server(), exportedJson('9'.repeat(2_000_000)), json), 400, /^Invalid OpenTelemetry format$/u],
      [send(server(), new Uint8Array()), 400, /no spans found$/u],
      [send(server(), '{}', json), 400, /no spans found$/u],
      [send(server(), good, { 'content-encoding': 'gzip' }), 400, /^Failed to decompress gzip payload$/u],
      [send(server(), good, { 'content-encoding': 'br' }), 400, /^Unsupported Content-Encoding: br$/u],
      [send(server(), gzipSync(emptySpans(1_000_001)), { 'content-encoding': 'gzip' }), 400, /^Invalid OpenTelemetry format$/u],
      [send(server(), `{"resourceSpans": [${'{},'.repeat(1_000_001)}{}]}`, json), 400, /^Invalid OpenTelemetry format$/u],
      [send(server(), gzipSync(Buffer.alloc(70 * 1024 * 1024)), { 'content-encoding': 'gzip' }), 413, /bytes/u],
      [send(server(), exported([span(trace, 1), span(trace, 2, { trace_id: Buffer.alloc(0) })])), 422, /^Cannot convert/u],
      [send(server(), exported([span(trace, 1), span(trace, 2, { span_id: Buffer.alloc(9) })])), 422, /^Cannot convert/u],
      [send(server(), exported([span(trace, 1), span(trace, 2, { end_time_unix_nano: 2n ** 63n })])), 422, /^Cannot convert/u],
      [send(server(), good, { 'x-mlflow-experiment-id': '987654' }), 404, /^No Experiment with id=987654 exists/u],
      [send(server(), good, { 'x-mlflow-run-id': randomBytes(3000).toString('hex') }), 400, /run_id/u],
      [send(server(), good, { 'x-mlflow-experiment-id': 'a' }), 400, /^Invalid experiment ID 'a'/u],
      [send(server(), exported([span(trace, 1, { attributes: [text('session.id', 'x'.repeat(251))] })])), 400, /^'Session ID' exceeds/u],
    ];
    for (const [answer, status, message] of refused) {
      const { body, ...rest } = await answer;
      expect([rest.status, body.message]).toEqual([status, expect.stringMatching(message)]);
    }
    const bare = await server().raw('POST', '/v1/traces', {
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(good),
    });
    expect([bare.status, bare.body.message]).toEqual([422, expect.stringContaining('x-mlflow-experiment-id')]);
    expect((await server().get(`${TRACES}/get`, { trace_id: `tr-${trace.toString('hex')}` })).status).toBe(404);
  });

  test('are kept whatever their number of tags, and however deep their inputs are', async () => {
    const trace = randomBytes(16);
    const deep = `${'{"request":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const tags = Array.from({ length: 22_000 }, (_, i) => text(`t${i}`, 'x'));
    const sent = await send(server(), exported([span(trace, 1, { attributes: [text('mlflow.spanInputs', deep)] })], tags));
    expect(sent.status).toBe(200);
    const { trace_info } = await read(server(), trace);
    expect(Object.keys(trace_info.tags).filter((key) => key.startsWith('t'))).toHaveLength(22_000);
    expect(trace_info).toMatchObject({ request_preview: expect.stringMatching(/^\{"request":.*\.\.\.$/u) });
    const linked = (names: readonly string[]) =>
      server().post('/api/2.0/mlflow/traces/link-prompts', {
        trace_id: `tr-${trace.toString('hex')}`,
        prompt_versions: names.map((name) => ({ name, version: '1' })),
      });
    expect((await linked(Array.from({ length: 33_000 }, (_, i) => `p${i}`))).status).toBe(200);
    expect((await linked([randomBytes(6000).toString('hex')])).status).toBe(400);
  });

  test('of one trace may come at once, before and after what its client says of it', async () => {
    const trace = randomBytes(16);
    const trace_id = `tr-${trace.toString('hex')}`;
    const root = span(trace, 1);
    const spans = Array.from({ length: 24 }, (_, i) =>
      span(trace, i + 2, {
        parent_span_id: root.span_id,
        attributes: [
          whole('gen_ai.usage.input_tokens', 1),
          whole('gen_ai.usage.output_tokens', 2),
          text('session.id', 'talk'),
          text('user.id', 'ann'),
        ],
      }),
    );
    const info = {
      trace_id,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
      request_time: '2026-05-05T05:05:05.005Z',
      execution_duration: '7s',
      state: 'OK',
      tags: { own: '1' },
    };
    const all = [...spans.map((each) => send(server(), exported([each]))), server().post(TRACES, { trace: { trace_info: info } })];
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(all.map(() => 200));
    expect((await send(server(), exported([root]))).status).toBe(200);
    const wire = await read(server(), trace);
    expect(wire.spans.length).toBe(25);
    expect(wire.spans[0]?.['name']).toBe('s1');
    expect(wire.trace_info).toMatchObject({ request_time: '2026-05-05T05:05:05.005Z', execution_duration: '7.000s', tags: { own: '1' } });
    expect(wire.trace_info.trace_metadata).toMatchObject({
      'mlflow.trace.tokenUsage': '{"input_tokens": 24, "output_tokens": 48, "total_tokens": 72}',
      'mlflow.trace.session': 'talk',
      'mlflow.trace.user': 'ann',
      'mlflow.trace.infoFinalized': 'true',
    });
  });

  test('of other makers say the same in the words of MLflow', async () => {
    const trace = randomBytes(16);
    const attributes = [
      text('openinference.span.kind', 'LLM'),
      text('input.value', 'Hello, world!'),
      text('output.value', 'Bye!'),
      whole('llm.token_count.prompt', 100),
      whole('llm.token_count.completion', 50),
      text('llm.model_name', 'gpt'),
      text('mlflow.traceTag.mlflow.traceName', 'named'),
    ];
    // What is below a span that says its tokens is counted in them.
    const below = span(trace, 2, { parent_span_id: span(trace, 1).span_id, attributes: [whole('gen_ai.usage.input_tokens', 40)] });
    expect((await send(server(), exported([span(trace, 1, { attributes }), below]), { 'x-mlflow-run-id': 'r'.repeat(32) })).status).toBe(
      200,
    );
    const wire = await read(server(), trace);
    expect(wire.trace_info).toMatchObject({
      request_preview: '"Hello, world!"',
      response_preview: '"Bye!"',
      tags: { 'mlflow.traceName': 'named' },
      trace_metadata: { 'mlflow.trace.tokenUsage': '{"input_tokens": 100, "output_tokens": 50, "total_tokens": 150}' },
    });
    expect(attributesOf(wire)).toMatchObject({
      'mlflow.spanType': { string_value: 'LLM' },
      'mlflow.spanInputs': { string_value: 'Hello, world!' },
      'mlflow.llm.model': { string_value: 'gpt' },
    });
    const found = await server().post(`${TRACES}/search`, {
      locations: [{ mlflow_experiment: { experiment_id: '0' } }],
      filter: `run_id = '${'r'.repeat(32)}'`,
    });
    expect(found.body['traces']).toMatchObject([{ trace_id: `tr-${trace.toString('hex')}` }]);
  });

  test('are found by what they hold, with a value or by a pattern, in one span or in any', async () => {
    const experiment = await server().experiment(`spans ${randomBytes(4).toString('hex')}`);
    const ids: string[] = [];
    for (const model of ['gpt-4', 'claude']) {
      const trace = randomBytes(16);
      ids.push(`tr-${trace.toString('hex')}`);
      const root = span(trace, 1, { attributes: [text('model', model), whole('n', ids.length), text('it"s', 'a\\b')] });
      const child = span(trace, 2, { name: `${model} child`, parent_span_id: root.span_id, status: { code: 2 } });
      expect((await send(server(), exported([root, child]), { 'x-mlflow-experiment-id': experiment })).status).toBe(200);
    }
    const named = (answer: { traces?: { trace_id: string }[] }) =>
      (answer.traces ?? []).map(({ trace_id }) => ids.indexOf(trace_id)).toSorted();
    const found = async (filter: string) =>
      named(await server().ok(`${TRACES}/search`, { locations: [{ mlflow_experiment: { experiment_id: experiment } }], filter }));
    const expected: readonly (readonly [string, readonly number[]])[] = [
      ["span.attributes.model = 'claude'", [1]],
      ["span.attributes.model IN ('gpt-4', 'other')", [0]],
      ["span.attributes.n = '2'", [1]],
      ["span.attributes.missing = 'claude'", []],
      ["span.attributes.model IS NOT NULL AND span.status = 'ERROR'", []],
      ["span.attributes.model IS NULL AND span.status = 'ERROR'", [0, 1]],
      ["span.status = 'ERROR' AND (span.attributes.model = 'claude' OR span.name = 'gpt-4 child')", [0, 1]],
      ["span.name = 'claude child' OR (trace.text LIKE '%gpt%' AND status = 'OK')", [0, 1]],
    ];
    for (const [filter, which] of expected) expect([filter, await found(filter)]).toEqual([filter, which]);
    const correlation = await server().ok(`${TRACES}/calculate-filter-correlation`, {
      experiment_ids: [experiment],
      filter_string1: "span.attributes.model = 'claude'",
      filter_string2: "span.status = 'ERROR'",
    });
    expect(correlation).toEqual({
      npmi: expect.closeTo(0, 9),
      npmi_smoothed: expect.closeTo(0, 9),
      filter1_count: 1,
      filter2_count: 2,
      joint_count: 1,
      total_count: 2,
    });
    for (const filter of ["span.kind = 'x'", "trace.text = 'x'", "prompt = 'x'", "feedback.a > 'x'"])
      expect(
        (await server().post(`${TRACES}/search`, { locations: [{ mlflow_experiment: { experiment_id: experiment } }], filter })).status,
      ).toBe(400);
  });
});
