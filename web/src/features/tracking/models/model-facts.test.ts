import { expect, test } from 'vitest';
import type { LoggedModel, ModelMetric } from '@/lib/api/logged-models.ts';
import { lastMetrics, registeredAs, stateOf } from './model-facts.ts';

const model = (tags: { key: string; value: string }[], metrics: ModelMetric[] = []): LoggedModel => ({
  info: {
    ...{ model_id: 'm-1', experiment_id: '0', name: 'm', artifact_uri: 'x', status: 'LOGGED_MODEL_READY' },
    creation_timestamp_ms: 1,
    tags,
  },
  data: { metrics },
});
const metric = (key: string, value: number, step: number, rest: Partial<ModelMetric> = {}): ModelMetric => ({
  ...{ key, value, step, timestamp: 1, run_id: 'r' },
  ...rest,
});

test('the versions that were made of a model come from its tag, and a broken tag names none', () => {
  const of = (value: string) => registeredAs(model([{ key: 'mlflow.modelVersions', value }]));
  expect(of('[{"name": "churn", "version": 2}, {"name": "other", "version": "1"}, null, {"name": 3}]')).toEqual([
    { name: 'churn', version: '2' },
    { name: 'other', version: '1' },
  ]);
  expect([of('{'), of('{}'), of('null'), registeredAs(model([]))]).toEqual([[], [], [], []]);
});

test('of each metric on each data set the last value counts', () => {
  const found = lastMetrics(
    model(
      [],
      [
        metric('auc', 0.5, 2),
        metric('auc', 0.9, 1, { timestamp: 9 }),
        metric('auc', 0.7, 2, { timestamp: 3 }),
        metric('auc', 0.1, 0, { dataset_name: 'test', dataset_digest: 'a' }),
      ],
    ),
  );
  expect(found.map(({ value, dataset_name }) => [value, dataset_name])).toEqual([
    [0.7, undefined],
    [0.1, 'test'],
  ]);
});

test('a state that is not known is shown as it is', () => {
  const info = { ...model([]).info, status: 'LOGGED_MODEL_LOST' };
  expect(stateOf({ info })).toEqual({ tone: 'none', word: 'LOGGED_MODEL_LOST' });
});
