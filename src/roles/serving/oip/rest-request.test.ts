import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OIP_TYPES } from '#contract/http/inference/oip.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Tensor, TensorType } from '#ports/inference.ts';
import { toBytes } from './binary-data.ts';
import { classify } from './classification.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './datatypes.ts';
import type { InferResult } from './infer.ts';
import { writeInferAnswer } from './rest-answer.ts';
import { type ModelTensors, readInferRequest } from './rest-request.ts';

const matrix: ModelTensors = {
  name: 'm',
  inputs: [{ name: 'x', type: 'float32', shape: [-1, 4] }],
  outputs: [
    { name: 'label', type: 'string', shape: [-1] },
    { name: 'p', type: 'float32', shape: [-1, 3] },
  ],
};
const typed = (type: TensorType, shape = [-1]): ModelTensors => ({
  name: 'm',
  inputs: [{ name: 'x', type, shape }],
  outputs: [{ name: 'y', type, shape }],
});
const oip = (type: TensorType) => Object.entries(OIP_TYPES).find(([, t]) => t === type)?.[0] as string;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const read = (value: unknown, model = matrix) => readInferRequest(json(value), undefined, model);
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(KnownError);
    expect((error as KnownError).spec.status).toBeLessThan(500);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};
const row = (data: unknown, more: object = {}) => ({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data, ...more }] });

describe('a request in JSON', () => {
  test('takes flat and nested data alike', () => {
    expect(read(row([1, 2, 3, 4])).feeds).toEqual(read(row([[1, 2, 3, 4]])).feeds);
    expect(read(row([1, null, 3, 4])).feeds['x']?.data[1]).toBeNaN();
  });

  test('keeps all digits of 64-bit integers, as numbers and as text', () => {
    for (const data of ['[9007199254740993,-9223372036854775808]', '["9007199254740993","-9223372036854775808"]']) {
      const body = Buffer.from(`{"inputs":[{"name":"x","shape":[2],"datatype":"INT64","data":${data}}]}`);
      expect(readInferRequest(body, undefined, typed('int64')).feeds['x']?.data).toEqual(
        BigInt64Array.of(9007199254740993n, -9223372036854775808n),
      );
    }
  });

  test('names what does not fit', () => {
    expect(refusal(() => read(row([1, 2, 3])))).toContain('has 3 elements, but its shape [1,4] holds 4');
    expect(refusal(() => read(row([1, 2, 'three', 4])))).toContain('element 2 must be a number, not "three"');
    expect(refusal(() => read(row([1, 2, 3, 4], { datatype: 'FP64' })))).toContain("expects 'FP32'");
    expect(refusal(() => read(row([1, 2, 3, 4], { shape: [4] })))).toContain('Expected [-1,4], got [4]');
    expect(refusal(() => read(row([1, 2, 3, 4], { name: 'z' })))).toContain("unexpected inference input 'z'");
    expect(refusal(() => read({ inputs: [...row([1, 2, 3, 4]).inputs, ...row([1, 2, 3, 4]).inputs] }))).toContain('already exists');
    expect(refusal(() => read({ ...row([1, 2, 3, 4]), outputs: [{ name: 'q' }] }))).toContain("unexpected inference output 'q'");
    expect(refusal(() => read({ inputs: [{ name: 'x', shape: [1], datatype: 'UINT8', data: [256] }] }, typed('uint8')))).toContain(
      '0 to 255',
    );
  });

  test('survives lists nested without end', () => {
    const deep = `${'['.repeat(50_000)}1${']'.repeat(50_000)}`;
    const body = Buffer.from(`{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":${deep}}]}`);
    expect(refusal(() => readInferRequest(body, undefined, typed('float32')))).toBeTruthy();
  });
});

describe('the binary tensor extension', () => {
  test('reads what it writes, for every type', () => {
    const values: Record<TensorType, Tensor['data']> = {
      float32: Float32Array.of(1.5, Number.NaN),
      float64: Float64Array.of(0.1, -1e300),
      int8: Int8Array.of(-128, 127),
      int16: Int16Array.of(-32768, 32767),
      int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      uint8: Uint8Array.of(0, 255),
      uint16: Uint16Array.of(0, 65535),
      uint32: Uint32Array.of(0, 2 ** 32 - 1),
      uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
      bool: Uint8Array.of(0, 1),
      string: ['', 'žluťoučký'],
      float16: Uint16Array.of(0x3c00, 0xfbff),
      bfloat16: Uint16Array.of(0x3f80, 0xff7f),
    };
    for (const [type, data] of Object.entries(values) as [TensorType, Tensor['data']][]) {
      const bytes = toBytes({ type, dims: [2], data });
      const head = json({
        inputs: [{ name: 'x', shape: [2], datatype: oip(type), parameters: { binary_data_size: bytes.length } }],
        parameters: { binary_data_output: true },
      });
      const call = readInferRequest(Buffer.concat([head, bytes]), String(head.length), typed(type));
      expect(call.feeds['x']).toEqual({ type, dims: [2], data });
      expect(call.outputs[0]?.binary).toBe(true);
      const result: InferResult = {
        modelName: 'm',
        modelVersion: '1',
        id: 'é',
        outputs: [{ name: 'y', tensor: { type, dims: [2], data }, binary: true }],
      };
      const answer = writeInferAnswer(result);
      const length = Number(answer.headers['inference-header-content-length']);
      expect((answer.body as Buffer).subarray(length)).toEqual(Buffer.from(bytes));
      expect(JSON.parse((answer.body as Buffer).subarray(0, length).toString()).outputs[0].parameters.binary_data_size).toBe(bytes.length);
    }
  });

  test('refuses too few and too many bytes', () => {
    const head = json({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', parameters: { binary_data_size: 16 } }] });
    const with_ = (n: number) => () => readInferRequest(Buffer.concat([head, Buffer.alloc(n)]), String(head.length), matrix);
    expect(with_(16)().feeds['x']?.dims).toEqual([1, 4]);
    expect(refusal(with_(15))).toContain('ends too early');
    expect(refusal(with_(17))).toContain('unexpected additional input data: 1 bytes');
    expect(refusal(() => readInferRequest(head, String(head.length + 1), matrix))).toContain('Inference-Header-Content-Length');
  });

  test('takes a raw request as one row of the only input', () => {
    const body = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
    const call = readInferRequest(body, '0', matrix);
    expect(call.feeds['x']).toEqual({ type: 'float32', dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) });
    expect(call.outputs.every((o) => o.binary)).toBe(true);
    expect(readInferRequest(Buffer.from('text'), '0', typed('string')).feeds['x']).toEqual({ type: 'string', dims: [1], data: ['text'] });
    expect(refusal(() => readInferRequest(body.subarray(1), '0', matrix))).toContain('unexpected total byte size 15');
  });
});

test('whatever is sent, a request is taken or refused, never an accident', () => {
  const models = [matrix, ...(['int64', 'string', 'bool', 'float16', 'uint8'] as const).map((t) => typed(t, [-1, -1]))];
  const tensor = fc.record(
    {
      name: fc.constantFrom('x', 'y', '__proto__', ''),
      shape: fc.oneof(fc.array(fc.oneof(fc.nat(5), fc.integer(), fc.maxSafeNat()), { maxLength: 4 }), fc.constantFrom([1, 4], [2, 1])),
      datatype: fc.constantFrom(...Object.keys(OIP_TYPES), 'FP8'),
      data: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.double(), fc.integer(), fc.string(), fc.boolean()), { maxLength: 9 })),
      parameters: fc.oneof(fc.jsonValue(), fc.record({ binary_data_size: fc.oneof(fc.nat(40), fc.double(), fc.bigInt().map(Number)) })),
    },
    { requiredKeys: [] },
  );
  const body = fc.record(
    {
      id: fc.oneof(fc.string(), fc.integer()),
      inputs: fc.oneof(fc.array(tensor, { maxLength: 3 }), fc.jsonValue()),
      outputs: fc.oneof(
        fc.array(fc.record({ name: fc.constantFrom('p', 'label', 'y'), parameters: fc.record({ classification: fc.jsonValue() }) })),
        fc.jsonValue(),
      ),
      parameters: fc.record({ timeout: fc.jsonValue(), binary_data_output: fc.jsonValue() }),
    },
    { requiredKeys: ['inputs'] },
  );
  const header = fc.option(fc.oneof(fc.nat(200).map(String), fc.string()), { nil: undefined });
  fc.assert(
    fc.property(fc.constantFrom(...models), body, fc.uint8Array({ maxLength: 40 }), header, (model, value, tail, length) => {
      const head = json(value);
      for (const declared of [length, String(head.length)]) {
        try {
          readInferRequest(Buffer.concat([head, tail]), declared, model);
        } catch (error) {
          if (!(error instanceof KnownError) || error.spec.status >= 500) throw error;
        }
      }
    }),
    { numRuns: 1500 },
  );
});

test('half-precision numbers survive the way to bits and back', () => {
  for (let bits = 0; bits < 0x7c00; bits += 7) expect(toFloat16(fromFloat16(bits))).toBe(bits);
  expect([1, 65504, 65520, 2 ** -24, -2, Number.NaN].map(toFloat16)).toEqual([0x3c00, 0x7bff, 0x7c00, 1, 0xc000, 0x7e00]);
  for (let bits = 0; bits < 0x7f80; bits += 11) expect(toBfloat16(fromBfloat16(bits))).toBe(bits);
});

test('classification gives the largest values of each row with their names', () => {
  const scores: Tensor = { type: 'float32', dims: [2, 3], data: Float32Array.of(0.25, 0.5, 0.25, Number.NaN, 0, 1) };
  expect(classify(scores, { name: 'p', n: 2, labels: ['a', 'b', 'c'] })).toEqual({
    type: 'string',
    dims: [2, 2],
    data: ['0.500000:1:b', '0.250000:0:a', '1.000000:2:c', '0.000000:1:b'],
  });
  expect(classify(scores, { name: 'p', n: 9, labels: [] }).dims).toEqual([2, 3]);
});
