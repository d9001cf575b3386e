import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelField } from '#contract/model-schema.ts';
import { KnownError } from '#kernel/errors.ts';
import { readRows } from './body-forms.ts';
import { compileValidator } from './validator.ts';

const FIELDS: ModelField[] = [
  { name: 'age', type: 'long', required: true, min: 0, aliases: ['Age'] },
  { name: 'fare', type: 'double', required: false, exclusive_max: 1000 },
  { name: 'port', type: 'string', required: true, enum: ['S', 'C', 1] },
  { name: 'alone', type: 'boolean', required: true },
];
const validator = compileValidator({ fields: FIELDS, rules: [{ left: 'age', op: '<=', right: 'fare' }] });
const options = { maxRows: 50, hasFeaturesField: false, hasKeyField: false };
const read = (body: unknown) => readRows(body, validator, options);
const row = { age: 3, fare: 7.5, port: 'S', alone: true };
const values = [3, 7.5, 'S', true];

/** JSON as it arrives: parsed, so that `__proto__` is a key of its own. */
const received = fc.json().map((text) => JSON.parse(text) as unknown);
const key = fc.constantFrom('age', 'Age', 'fare', 'port', 'alone', 'features', 'key', '__proto__', 'constructor', 'x');
const nearly = fc.oneof(
  fc.dictionary(key, fc.oneof(received, fc.integer(), fc.double(), fc.constantFrom('S', 'C', true, null, values, row, [values], [row]))),
  fc.array(fc.oneof(fc.constant(row), fc.constant(values), received), { maxLength: 60 }),
);

test('any JSON is rows of the right width, or a refusal that says why', () => {
  fc.assert(
    fc.property(fc.oneof(received, nearly), (body) => {
      try {
        const { rows, keys } = read(body);
        expect(rows.length).toBeGreaterThan(0);
        for (const values of rows) {
          expect(values.length).toBe(FIELDS.length);
          const [age, fare, port, alone] = values;
          expect(Number.isInteger(age) && (age as number) >= 0).toBe(true);
          expect(typeof fare === 'number' && !(fare >= 1000)).toBe(true);
          expect(['S', 'C', '1']).toContain(port);
          expect(typeof alone).toBe('boolean');
        }
        if (keys) expect(keys.length).toBe(rows.length);
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        expect(['PREDICTION_INPUT_INVALID', 'PREDICTION_TOO_MANY_ROWS']).toContain(error.spec.code);
        expect(error.message.length).toBeGreaterThan(5);
        expect(error.message.length).toBeLessThan(5_000);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
});

test('every form of the same row is the same row', () => {
  const forms = [
    row,
    { features: values },
    { features: row },
    { features: [values] },
    { features: [row] },
    [values],
    [row],
    values,
    { ...row, key: 'k' },
  ];
  for (const form of forms) expect(read(form).rows).toEqual([values]);
  expect(read({ Age: 3, fare: 7.5, port: 'S', alone: 1 }).rows).toEqual([values]);
  expect(read([row, values]).rows).toEqual([values, values]);
  expect([read(row).single, read([row]).single]).toEqual([true, false]);
});

test('an optional field may be absent or null: NaN stands for it', () => {
  expect(read({ age: 3, port: 'S', alone: true }).rows).toEqual([[3, Number.NaN, 'S', true]]);
  expect(read([3, null, 'S', true]).rows).toEqual([[3, Number.NaN, 'S', true]]);
});

test('a rule over two fields is told with both values', () => {
  expect(() => read({ ...row, age: 9 })).toThrow('age: must be <= fare (9 and 7.5 given)');
});

test('keys go with their rows', () => {
  expect(read([{ ...row, key: 'a' }, row, { ...row, key: 5 }]).keys).toEqual(['a', undefined, '5']);
  for (const bad of ['', 'k'.repeat(257), {}, [], true]) expect(() => read({ ...row, key: bad })).toThrow('key:');
});

test('a model may have fields called features and key', () => {
  const own = compileValidator({
    fields: [
      { name: 'features', type: 'double', required: true },
      { name: 'key', type: 'double', required: true },
    ],
  });
  const { rows, keys } = readRows({ features: 1, key: 2 }, own, { maxRows: 9, hasFeaturesField: true, hasKeyField: true });
  expect({ rows, keys }).toEqual({ rows: [[1, 2]], keys: undefined });
});

test('a line of the training data is a row: what the model does not use is passed over, what it predicts is not', () => {
  const own = compileValidator({ fields: FIELDS, ignored: ['id', 'name'], target: 'survived' });
  expect(readRows({ id: 7, name: null, ...row }, own, options).rows).toEqual([values]);
  expect(() => readRows({ ...row, name: 'x', nickname: 'y' }, own, options)).toThrow('nickname: is not a field of this model');
  expect(() => readRows({ ...row, survived: 1 }, own, options)).toThrow('survived: is what this model predicts');
});

test('a large wrong body has a small refusal', () => {
  const many = new Array(50).fill(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field ${i}`, 'x'.repeat(100)])));
  try {
    read(many);
    expect.unreachable();
  } catch (error) {
    const { params, message } = error as KnownError;
    expect((params['errors'] as unknown[]).length).toBe(100);
    expect(message).toContain('and many more');
  }
});
