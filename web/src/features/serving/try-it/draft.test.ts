import { expect, test } from 'vitest';
import type { ModelSchema } from '#contract/model-schema.ts';
import { adviceOf, bodyFor, defaultsOf, problemOf, tensorBody, toInputs } from './draft.ts';

const schema: ModelSchema = {
  task: 'classification',
  target: 'churn',
  fields: [
    { name: 'age', type: 'integer', required: true, min: 0, exclusive_max: 150, observed_min: 18, observed_max: 90, example: 41 },
    { name: 'income', type: 'double', required: false, observed_min: 10, observed_max: 30 },
    { name: 'plan', type: 'string', required: true, categories: ['basic', 'plus'] },
    { name: 'level', type: 'long', required: true, enum: [1, 2] },
    { name: 'active', type: 'boolean', required: true },
  ],
};
const [age, income, plan] = schema.fields;

test('the form begins with typical values', () => {
  expect(defaultsOf(schema)).toEqual({ age: '41', income: '20', plan: 'basic', level: '1', active: 'false' });
});

test('what the server would refuse is said at once', () => {
  if (!age || !income || !plan) throw new Error('no fields');
  expect(problemOf(age, '')).toBe('A value is needed');
  expect(problemOf(age, '4.5')).toBe('A whole number is needed');
  expect(problemOf(age, '-1')).toBe('At least 0');
  expect(problemOf(age, '150')).toBe('Less than 150');
  expect(problemOf(income, '')).toBeNull();
});

test('values that training never saw are pointed out, not refused', () => {
  if (!age || !plan) throw new Error('no fields');
  expect(problemOf(age, '120')).toBeNull();
  expect(adviceOf(age, '120')).toBe('Outside of the training rows: 18 to 90 in training');
  expect(adviceOf(plan, 'gold')).toBe('Not seen in training');
});

test('a request has numbers as numbers, allowed values as they are, empty fields as missing', () => {
  const inputs = toInputs(schema, { age: '30', income: '', plan: 'plus', level: '2', active: 'true' });
  expect(inputs).toEqual({ age: 30, income: null, plan: 'plus', level: 2, active: true });
});

test('reference systems get the body that they take', () => {
  const inputs = { a: 1, b: 2, c: 3, d: 4 };
  expect(bodyFor(undefined, inputs)).toEqual(inputs);
  expect(bodyFor('iris-003', inputs)).toEqual({ features: [1, 2, 3, 4] });
  expect(bodyFor('iris-000', inputs)).toEqual({ SepalLengthCm: 1, SepalWidthCm: 2, PetalLengthCm: 3, PetalWidthCm: 4 });
});

test('tensors hold the typical row where the model has fields, else zeros of their shape', () => {
  const matrix = [{ name: 'x', datatype: 'FP32', shape: [-1, 5] }];
  const rows = { ...schema, fields: schema.fields.filter(({ type }) => type !== 'string' && type !== 'boolean') };
  const three = [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }];
  expect(tensorBody(three, { schema: rows, typical: defaultsOf(rows) })).toEqual({
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [41, 20, 1] }],
  });
  const columns = [{ name: 'plan', datatype: 'BYTES', shape: [-1, 1] }];
  expect(tensorBody(columns, { schema, typical: defaultsOf(schema) })).toEqual({
    inputs: [{ name: 'plan', datatype: 'BYTES', shape: [1, 1], data: ['basic'] }],
  });
  expect(tensorBody(matrix, undefined)).toEqual({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 5], data: [0, 0, 0, 0, 0] }] });
});
