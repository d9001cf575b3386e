import { expect, test } from 'vitest';
import { type Answer, ask, expectDiscreet, expectProblem, metric } from '../answers.ts';

/** POST /feedback: a bad label is told, and refuses no other. */
export function feedback(at: () => string): void {
  const tell = (body: unknown): Promise<Answer> => ask(`${at()}/feedback`, { body });
  const predicted = async (key?: string): Promise<string> => {
    const { json } = await ask(`${at()}/predict`, { body: { features: [5.1, 3.5, 1.4, 0.2], key } });
    return (json as { prediction_id: string }).prediction_id;
  };

  test('a label without prediction, or without the outcome: 400', async () => {
    expectProblem(await tell({ actual: 'setosa' }), { status: 400, code: 'EVENTS_FEEDBACK_INVALID', names: ['prediction_id'] });
    expectProblem(await tell({ prediction_id: 'x' }), { status: 400, code: 'EVENTS_FEEDBACK_INVALID', names: ['actual'] });
    expectProblem(await tell({}), { status: 400, code: 'EVENTS_FEEDBACK_EMPTY', names: ['actual'] });
  });

  test('bodies of other kinds: 400', async () => {
    for (const body of ['[]', 'null', '5', '"x"']) expectProblem(await tell(body), { status: 400, code: 'INPUT_INVALID' });
    expectProblem(await tell('{"items"'), { status: 400, code: 'BODY_NOT_JSON' });
    expectProblem(await tell({ items: 'all' }), { status: 400, code: 'INPUT_INVALID', names: ['items'] });
    expectProblem(await tell({ items: new Array(10_001).fill({}) }), { status: 400, code: 'INPUT_INVALID', names: ['items', '10000'] });
  });

  test('unknown, new, repeated and corrected labels are told apart', async () => {
    const id = await predicted();
    const before = await metric(at(), 'feedback_total{result="unknown"}');
    expect((await tell({ prediction_id: 'nope', actual: 'setosa' })).json).toMatchObject({ accepted: 0, unknown: ['nope'] });
    expect(await metric(at(), 'feedback_total{result="unknown"}')).toBe(before + 1);
    expect((await tell({ prediction_id: id, actual: 'setosa' })).json).toMatchObject({ accepted: 1, replaced: 0 });
    expect((await tell({ prediction_id: id, actual: 'setosa' })).json).toMatchObject({ accepted: 0, replaced: 0, unchanged: 1 });
    expect((await tell({ prediction_id: id, actual: 'virginica' })).json).toMatchObject({ accepted: 0, replaced: 1 });
    expect((await tell({ prediction_id: id, actual: 'tulip' })).json).toMatchObject({
      replaced: 1,
      warnings: [{ message: expect.stringContaining('tulip') }],
    });
  });

  test('of many labels only the bad ones are refused, each with its place', async () => {
    const [good, other] = [await predicted(), await predicted('order-1')];
    const items = [
      { prediction_id: good, actual: 'setosa' },
      { prediction_id: good },
      { prediction_id: 5, actual: 'setosa' },
      'text',
      null,
      { prediction_id: other, actual: { a: 1 } },
      { prediction_id: other, actual: 'setosa', observed_at: 'yesterday' },
      { prediction_id: other, actual: 'setosa', observed_at: '99999999999d' },
      { prediction_id: other, actual: 'setosa', observed_at: '10000-01-01' },
      { deployment: 'iris', key: 'order-1', actual: 'setosa' },
      { deployment: 'iris', key: '', actual: 'setosa' },
      { deployment: 'nope', key: 'order-1', actual: 'setosa' },
      { deployment: '__proto__', key: 'constructor', actual: 'setosa' },
    ];
    const answer = await tell({ items });
    expectDiscreet(answer);
    const told = answer.json as { accepted: number; unknown: string[]; invalid: { index: number; message: string }[] };
    expect(told).toMatchObject({ accepted: 2, unknown: ['order-1', 'constructor'] });
    expect(told.invalid.map((i) => i.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10]);
    for (const [i, field] of ['actual', 'prediction_id', '', '', 'actual', 'observed_at', 'observed_at', 'observed_at', 'key'].entries())
      expect(told.invalid[i]?.message).toContain(field);
  });

  test('a label of the wrong type for a regression is told', async () => {
    const { json } = await ask(`${at()}/api/v1/deployments/housing`);
    const { fields } = (json as { schema: { fields: { name: string; example: unknown }[] } }).schema;
    const row = Object.fromEntries(fields.map((f) => [f.name, f.example]));
    const scored = await ask(`${at()}/deployments/housing/predict`, { body: row });
    const { prediction_id } = scored.json as { prediction_id: string };
    const told = await tell({ prediction_id, actual: 'expensive' });
    expect(told.json).toMatchObject({ accepted: 0, invalid: [{ index: 0, message: expect.stringContaining('number') }] });
    const infinite = await tell(`{"prediction_id":"${prediction_id}","actual":1e999}`);
    expect(infinite.json).toMatchObject({ accepted: 0, invalid: [{ index: 0 }] });
  });
}
