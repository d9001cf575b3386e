import { expect, test } from 'vitest';
import { type Answer, ask, expectOipError, metric } from '../answers.ts';

const GOOD = { name: 'float_input', shape: [1, 4], datatype: 'FP32', data: [5.1, 3.5, 1.4, 0.2] };
const deep = '['.repeat(10_000) + ']'.repeat(10_000);

const REFUSED: readonly { readonly name: string; readonly input: object; readonly says: readonly string[] }[] = [
  { name: 'a wrong data type', input: { ...GOOD, datatype: 'FP64' }, says: ['float_input', 'FP64', 'FP32'] },
  { name: 'a data type that is none', input: { ...GOOD, datatype: 'constructor' }, says: ['float_input', 'FP32'] },
  { name: 'a wrong shape', input: { ...GOOD, shape: [1, 3], data: [1, 2, 3] }, says: ['float_input', '[-1,4]', '[1,3]'] },
  { name: 'a shape of too many dimensions', input: { ...GOOD, shape: [1, 1, 4] }, says: ['float_input', '[1,1,4]'] },
  { name: 'a shape with a negative size', input: { ...GOOD, shape: [-1, 4] }, says: ['shape'] },
  { name: 'a shape that no memory holds', input: { ...GOOD, shape: [9007199254740991, 4] }, says: ['float_input', '4 elements'] },
  { name: 'a wrong name', input: { ...GOOD, name: 'x' }, says: ["'x'", 'float_input'] },
  { name: 'a name that every object has', input: { ...GOOD, name: '__proto__' }, says: ['__proto__', 'float_input'] },
  { name: 'too few elements', input: { ...GOOD, data: [1, 2, 3] }, says: ['float_input', '3 elements', '4'] },
  { name: 'no rows', input: { ...GOOD, shape: [0, 4], data: [] }, says: ['at least one'] },
  { name: 'text for a number', input: { ...GOOD, data: [1, 2, 'x', 4] }, says: ['float_input', 'element 2', '"x"'] },
  { name: 'a number beyond its type', input: { ...GOOD, data: [1e39, 2, 3, 4] }, says: ['sepal_length', 'finite'] },
  { name: 'a null in a required column', input: { ...GOOD, data: [null, 2, 3, 4] }, says: ['sepal_length', 'null'] },
  { name: 'a number out of its range', input: { ...GOOD, data: [1, 2, 3, -4] }, says: ['petal_width', 'greater than 0'] },
  { name: 'no data', input: { ...GOOD, data: undefined }, says: ['data'] },
];

/** POST /v2/models/{model}/infer: `{error}` that names what is wrong. */
export function inference(at: () => string): void {
  const infer = (body: unknown, path = 'iris'): Promise<Answer> => ask(`${at()}/v2/models/${path}/infer`, { body });

  for (const { name, input, says } of REFUSED) {
    test(`${name}: 400`, async () => expectOipError(await infer({ inputs: [input] }), 400, says));
  }

  test('a wrong number of inputs: 400', async () => {
    expectOipError(await infer({ inputs: [] }), 400, ['inputs']);
    expectOipError(await infer({ inputs: [GOOD, GOOD] }), 400, ['float_input', 'already exists']);
    expectOipError(await infer({}), 400, ['inputs']);
  });

  test('bodies of other kinds: 400', async () => {
    for (const body of ['[]', 'null', '5', '{"inputs":{}}', '{"inputs":[5]}', '{"inputs"']) expectOipError(await infer(body), 400, []);
    expectOipError(await infer({ inputs: new Array(100_000).fill(1) }), 400, ['inputs[0]', 'more']);
  });

  test('deep nesting: 400', async () => {
    expectOipError(await infer(`{"inputs":[{"name":"float_input","shape":[1,4],"datatype":"FP32","data":${deep}}]}`), 400, ['deep']);
    const shallow = '['.repeat(90) + ']'.repeat(90);
    expectOipError(await infer(`{"inputs":[{"name":"float_input","shape":[1,4],"datatype":"FP32","data":${shallow}}]}`), 400, ['elements']);
  });

  test('an output that the model has not: 400', async () =>
    expectOipError(await infer({ inputs: [GOOD], outputs: [{ name: 'zzz' }] }), 400, ['zzz', 'label, probabilities']));

  test('an unknown model or version: 404', async () => {
    expectOipError(await infer({ inputs: [GOOD] }, 'nope'), 404, ['nope']);
    for (const version of ['99', 'abc', '0', '-1', '2%2F..%2F1', '99999999999999999999'])
      expectOipError(await infer({ inputs: [GOOD] }, `iris/versions/${version}`), 404, ['iris']);
    expectOipError(await ask(`${at()}/v2/models/nope`), 404, ['nope']);
    expectOipError(await ask(`${at()}/v2/nothing`), 404, ['/v2/nothing']);
  });

  test('refused requests are counted, and nested data is as good as flat', async () => {
    const series = 'prediction_errors_total';
    const before = await metric(at(), series);
    await infer({ inputs: [] });
    expect(await metric(at(), series)).toBe(before + 1);
    expect((await infer({ inputs: [{ ...GOOD, data: [[5.1, 3.5, 1.4, 0.2]] }] })).status).toBe(200);
  });
}
