import { expect, test } from 'vitest';
import { catalogue, type ErrorSpec, errorFromWire, errorToWire, KnownError } from './errors.ts';

const { fail } = catalogue({
  tooMany: {
    code: 'TOO_MANY',
    status: 413,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ rows }) => `There are ${rows} rows.`,
    hint: 'Send fewer.',
  } satisfies ErrorSpec<{ rows: number }>,
});

const overWire = (error: unknown): Error => errorFromWire(structuredClone(errorToWire(error)));

test('a catalogued failure is the same on both sides of a thread', () => {
  const far = overWire(fail.tooMany({ rows: 7 }, new Error('inside')));
  expect(far).toBeInstanceOf(KnownError);
  const { spec, params, message, name } = far as KnownError;
  expect({ code: spec.code, status: spec.status, mlflow: spec.mlflow, hint: spec.hint, params, message, name }).toEqual({
    code: 'TOO_MANY',
    status: 413,
    mlflow: 'INVALID_PARAMETER_VALUE',
    hint: 'Send fewer.',
    params: { rows: 7 },
    message: 'There are 7 rows.',
    name: 'TOO_MANY',
  });
});

test('an unexpected failure keeps its message and the stack of the far side, and is not known', () => {
  const error = new TypeError('x is not a function');
  const far = overWire(error);
  expect(far).not.toBeInstanceOf(KnownError);
  expect([far.message, far.stack]).toEqual([error.message, error.stack]);
  expect(overWire('text').message).toBe('text');
  expect(overWire(undefined).message).toBe('undefined');
});
