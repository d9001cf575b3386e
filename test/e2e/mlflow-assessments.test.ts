import { expect, test } from 'vitest';
import { type MlflowServer, onBothDatabases } from './mlflow-server.ts';

const TRACES = '/api/3.0/mlflow/traces';
const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };

interface Said {
  readonly assessment_id: string;
  readonly [field: string]: unknown;
}

async function traced(server: MlflowServer, trace_id: string, rest: object = {}): Promise<string> {
  const trace_info = { trace_id, trace_location: location, request_time: '2026-01-02T03:04:05.678Z', state: 'OK', ...rest };
  await server.ok(TRACES, { trace: { trace_info } });
  return `${TRACES}/${trace_id}/assessments`;
}

const human = { source_type: 'HUMAN', source_id: 'me@example.com' };
const say = async (server: MlflowServer, path: string, assessment: object) =>
  (await server.ok<{ assessment: Said }>(path, { assessment: { source: human, ...assessment } })).assessment;

onBothDatabases('assessments of traces', (server) => {
  test('feedback is given, read, changed, corrected, and counts again when the correction goes', async () => {
    const path = await traced(server(), 'tr-feedback');
    const feedback = { value: { rating: 4, words: ['good'] } };
    const first = await say(server(), path, { assessment_name: 'quality', feedback, rationale: 'helpful', metadata: { a: '1', b: '1' } });
    expect(first).toMatchObject({ assessment_name: 'quality', trace_id: 'tr-feedback', feedback, source: human, valid: true });
    expect(first['create_time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/u);
    const one = `${path}/${first.assessment_id}`;
    const update_mask = 'assessmentName,feedback,metadata';
    const assessment = { assessment_name: 'better', feedback: { value: 5 }, rationale: 'not named', metadata: { b: '2' } };
    const changed = await server().call('PATCH', one, { assessment, update_mask });
    const now = { assessment_name: 'better', feedback: { value: 5 }, rationale: 'helpful', metadata: { a: '1', b: '2' } };
    expect(changed).toMatchObject({ status: 200, body: { assessment: now } });
    const wrong = await server().call('PATCH', one, { assessment: { expectation: { value: 1 } }, update_mask: 'expectation' });
    expect(wrong).toMatchObject({ status: 400, body: { message: 'Cannot update expectation value on a Feedback assessment.' } });

    const second = await say(server(), path, { assessment_name: 'corrected', feedback: { value: 3 }, overrides: first.assessment_id });
    expect((await server().get(one)).body['assessment']).toMatchObject({ ...now, valid: false });
    expect(second).toMatchObject({ valid: true, overrides: first.assessment_id });
    const { body } = await server().get(`${TRACES}/tr-feedback`);
    expect(JSON.stringify(body)).toContain(second.assessment_id);
    const found = await server().ok<{ traces: { trace_id: string; assessments?: Said[] }[] }>(`${TRACES}/search`, {
      locations: [location],
    });
    expect(found.traces.find(({ trace_id }) => trace_id === 'tr-feedback')?.assessments).toMatchObject([{ valid: false }, { valid: true }]);
    for (const _ of [1, 2]) expect((await server().call('DELETE', `${path}/${second.assessment_id}`)).status).toBe(200);
    expect((await server().get(one)).body['assessment']).toMatchObject({ valid: true });
    expect((await server().get(`${path}/${second.assessment_id}`)).body).toMatchObject({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Assessment with ID '${second.assessment_id}' not found for trace 'tr-feedback'`,
    });
    await server().ok(`${TRACES}/delete-traces`, { experiment_id: '0', request_ids: ['tr-feedback'] });
    expect((await server().get(one)).status).toBe(404);
  });

  test('expectations keep whole numbers whole, and plain ones are plain', async () => {
    const path = await traced(server(), 'tr-expected');
    const value = { most_ms: 1000, words: ['a'] };
    const made = await say(server(), path, { assessment_name: 'time', expectation: { value } });
    const text = { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) };
    expect(made['expectation']).toEqual({ serialized_value: text });
    expect((await say(server(), path, { assessment_name: 'same', expectation: { serialized_value: text } }))['expectation']).toEqual({
      serialized_value: text,
    });
    expect((await say(server(), path, { assessment_name: 'plain', expectation: { value: 5 } }))['expectation']).toEqual({ value: 5 });
  });

  test('those that come with a trace are kept, also when it is sent again', async () => {
    const assessments = [{ assessment_id: 'a-1', assessment_name: 'given', feedback: { value: true }, source: human }];
    await traced(server(), 'tr-with', { assessments });
    const path = await traced(server(), 'tr-with');
    expect((await server().get(`${path}/a-1`)).body['assessment']).toMatchObject({ assessment_name: 'given', feedback: { value: true } });
  });

  test('what says nothing, or of nothing, is refused', async () => {
    const path = await traced(server(), 'tr-refusals');
    const both = { assessment_name: 'x', feedback: { value: 1 }, expectation: { value: 1 } };
    const broken = { assessment_name: 'x', expectation: { serialized_value: { value: '{' } } };
    for (const assessment of [{ assessment_name: 'x' }, { feedback: { value: 1 } }, both, broken]) {
      const { status, body } = await server().post(path, { assessment });
      expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    }
    const feedback = { value: 1 };
    const missing = `${TRACES}/tr-none/assessments`;
    expect((await server().post(missing, { assessment: { assessment_name: 'x', feedback } })).status).toBe(404);
    expect((await server().post(path, { assessment: { assessment_name: 'x', feedback, overrides: 'a-none' } })).status).toBe(404);
  });

  test('of one moment come back in the order in which they were given', async () => {
    const path = await traced(server(), 'tr-ordered');
    const names = ['e', 'd', 'c', 'b', 'a', 'f', 'g', 'h'];
    for (const assessment_name of names)
      await say(server(), path, { assessment_name, feedback: { value: 1 }, create_time: '2026-01-02T03:04:05Z' });
    const { trace } = (await server().get(`${TRACES}/tr-ordered`)).body as unknown as { trace: { trace_info: { assessments: Said[] } } };
    expect(trace.trace_info.assessments.map((each) => each['assessment_name'])).toEqual(names);
  });
});
