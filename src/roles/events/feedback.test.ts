import { describe, expect, test } from 'vitest';
import type { FeedbackData } from '#contract/events.ts';
import type { ModelSchema } from '#contract/model-schema.ts';
import { TestClock } from '#kernel/clock.ts';
import type { IndexedPrediction } from '#ports/analytics.ts';
import type { DeploymentView } from '../serving/api.ts';
import { Feedback } from './feedback.ts';

const blank = {
  role: 'primary',
  status: 'ok',
  task: 'classification',
  actual: null,
  paired_with: null,
  key: null,
  prediction: 'a',
} as const;
const row = (prediction_id: string, rest: Partial<IndexedPrediction> = {}): IndexedPrediction =>
  ({ ...blank, prediction_id, deployment: 'iris', ...rest }) as unknown as IndexedPrediction;
const schema: ModelSchema = { task: 'classification', target: 'y', fields: [], classes: ['a', 'b'] };
const view = (name: string, is_default: boolean, own: ModelSchema | null): DeploymentView =>
  ({ name, is_default, schema: own }) as unknown as DeploymentView;

function setUp(rows: IndexedPrediction[], late: IndexedPrediction[] = [], iris: ModelSchema | null = schema) {
  const index = new Map(rows.map((r) => [r.prediction_id, r]));
  const events: FeedbackData[] = [];
  let waits = 0;
  const feedback = new Feedback({
    analytics: {
      getMany: async (ids) => ids.flatMap((id) => index.get(id) ?? []),
      getByKeys: async (deployment, keys) => [...index.values()].filter((r) => r.deployment === deployment && keys.includes(r.key ?? '')),
    },
    serving: { list: async () => [view('iris', true, iris), view('housing', false, null)] },
    append: async (records) => {
      events.push(...records.map((record) => (JSON.parse(Buffer.from(record).toString()) as { data: FeedbackData }).data));
    },
    indexed: async () => {
      waits++;
      for (const r of late) index.set(r.prediction_id, r);
      return true;
    },
    clock: new TestClock(),
    waitMs: 100,
  });
  return { feedback, events, waits: () => waits };
}

const nothing = { accepted: 0, replaced: 0, unchanged: 0, unknown: [], invalid: [], warnings: [] };

describe('feedback', () => {
  test('takes a label by id, by key, and by key of the default deployment', async () => {
    const { feedback, events } = setUp([
      row('1'),
      row('2', { key: 'order-2' }),
      row('3', { key: 'order-3', deployment: 'housing', task: 'regression', prediction: 2 }),
    ]);
    const items = [
      { prediction_id: '1', actual: 'a' },
      { key: 'order-2', actual: 'b', observed_at: '2026-01-02T03:04:05+01:00' },
      { deployment: 'housing', key: 'order-3', actual: 2.5 },
    ];
    expect(await feedback.submit(items)).toEqual({ ...nothing, accepted: 3 });
    expect(events.map(({ prediction_id, actual, replaced }) => [prediction_id, actual, replaced])).toEqual([
      ['1', 'a', false],
      ['2', 'b', false],
      ['3', 2.5, false],
    ]);
    expect(events[1]?.observed_at).toBe('2026-01-02T02:04:05.000Z');
  });

  test('tells a repeated label from a corrected one, in one request and across requests', async () => {
    const { feedback, events } = setUp([row('1'), row('2', { actual: 'b' })]);
    const label = (prediction_id: string, actual: string) => ({ prediction_id, actual });
    expect(await feedback.submit([label('1', 'a'), label('1', 'a'), label('1', 'b'), label('2', 'b')])).toEqual({
      ...nothing,
      accepted: 1,
      replaced: 1,
      unchanged: 2,
    });
    expect(await feedback.submit([label('1', 'b'), label('2', 'a')])).toEqual({ ...nothing, unchanged: 1, replaced: 1 });
    expect(events.map(({ actual, replaced }) => [actual, replaced])).toEqual([
      ['a', false],
      ['b', true],
      ['a', true],
    ]);
  });

  test('waits for the index before it calls a prediction unknown', async () => {
    const { feedback, waits } = setUp([row('1')], [row('2')]);
    expect(await feedback.submit([{ prediction_id: '1', actual: 'a' }])).toEqual({ ...nothing, accepted: 1 });
    expect(waits()).toBe(0);
    const answer = await feedback.submit([
      { prediction_id: '2', actual: 'a' },
      { prediction_id: 'nobody', actual: 'a' },
      { key: 'no-key', actual: 'a' },
    ]);
    expect(answer).toEqual({ ...nothing, accepted: 1, unknown: ['nobody', 'no-key'] });
    expect(waits()).toBe(1);
  });

  test('names the item and the field of a bad label and takes the others', async () => {
    const { feedback } = setUp([row('1'), row('2', { task: 'regression', deployment: 'housing', prediction: 1 })]);
    const items = [
      { prediction_id: '1', actual: 'a' },
      { prediction_id: '2', actual: 'much' },
      { actual: 'a' },
      'text',
      { prediction_id: '1' },
      { prediction_id: '1', actual: 'a', observed_at: 'soon' },
    ];
    const answer = await feedback.submit(items);
    expect(answer.accepted).toBe(1);
    expect(answer.invalid.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    expect(answer.invalid[0]?.message).toContain('actual: must be a number');
    expect(answer.invalid[1]?.message).toContain('prediction_id: is required');
    expect(answer.invalid[4]?.message).toContain("'soon' is not an RFC 3339 time");
  });

  test('accepts a class that the model does not know, and says so', async () => {
    const { feedback } = setUp([row('1')]);
    const answer = await feedback.submit([{ prediction_id: '1', actual: 'z' }]);
    expect(answer.accepted).toBe(1);
    expect(answer.warnings).toEqual([{ index: 0, message: "actual: the model does not know the class 'z'; it knows a, b" }]);
  });

  test.each([
    [['False', 'True'], 'True', ['True', 'False']],
    [['false', 'true'], 'false', ['true', 'false']],
    [['FALSE', 'TRUE'], 'FALSE', ['TRUE', 'FALSE']],
    [[0, 1], 1, ['1', '0']],
    [undefined, 'False', ['True', 'False']],
    [undefined, 'true', ['true', 'false']],
  ] as const)('reads true and false as a model with the classes %j spells them', async (classes, prediction, expected) => {
    const { feedback, events } = setUp(
      [row('1', { prediction }), row('2', { prediction })],
      [],
      classes === undefined ? null : { task: 'classification', target: 'y', fields: [], classes: [...classes] },
    );
    const answer = await feedback.submit([
      { prediction_id: '1', actual: true },
      { prediction_id: '2', actual: false },
    ]);
    expect(answer).toMatchObject({ accepted: 2, warnings: [] });
    expect(events.map(({ actual }) => actual)).toEqual(expected);
  });

  test('gives the label of a shadow to the row that was answered', async () => {
    const { feedback, events } = setUp([row('1'), row('s', { role: 'shadow', paired_with: '1' })]);
    await feedback.submit([{ prediction_id: 's', actual: 'a' }]);
    expect(events.map(({ prediction_id }) => prediction_id)).toEqual(['1']);
  });
});
