import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messages } from '#contract/grpc/inference.ts';
import { decodeMessage, encodeMessage, type Message } from '#http/grpc/protobuf.ts';
import { KnownError } from '#kernel/errors.ts';
import type { ModelTensors } from '../oip/rest-request.ts';
import { type InferMessage, isRaw, readInferMessage, writeInferMessage } from './infer-message.ts';

const model: ModelTensors = {
  name: 'm',
  inputs: [
    { name: 'x', type: 'float32', shape: [-1, 2] },
    { name: 'n', type: 'int8', shape: [-1] },
    { name: 't', type: 'string', shape: [-1] },
  ],
  outputs: [{ name: 'y', type: 'float32', shape: [-1] }],
};
const asSent = (message: Message) =>
  decodeMessage(messages.InferRequest, encodeMessage(messages.InferRequest, message)) as unknown as InferMessage;
const typed = (n: readonly number[]): Message => ({
  model_name: 'm',
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1.5, 2] } },
    { name: 'n', datatype: 'INT8', shape: [n.length], contents: { int_contents: n } },
    { name: 't', datatype: 'BYTES', shape: [1], contents: { bytes_contents: [Buffer.from('é')] } },
  ],
});

describe('ModelInferRequest', () => {
  test('reads typed and raw contents alike', () => {
    const raw: Message = {
      ...typed([-1]),
      raw_input_contents: [Buffer.from(Float32Array.of(1.5, 2).buffer), Buffer.of(255), Buffer.from('\u0002\0\0\0é')],
    };
    raw['inputs'] = (raw['inputs'] as Message[]).map(({ contents: _, ...rest }) => rest);
    const call = readInferMessage(asSent(typed([-1])), model);
    expect(call.feeds).toEqual(readInferMessage(asSent(raw), model).feeds);
    expect(call.feeds['n']?.data).toEqual(Int8Array.of(-1));
    expect([isRaw(asSent(typed([-1]))), isRaw(asSent(raw))]).toEqual([false, true]);
  });

  test('refuses values that the type cannot hold, and contents of another type', () => {
    expect(() => readInferMessage(asSent(typed([128])), model)).toThrow('INT8 cannot hold');
    const other = typed([1]);
    (other['inputs'] as Message[])[1] = { name: 'n', datatype: 'INT8', shape: [1], contents: { fp32_contents: [1] } };
    expect(() => readInferMessage(asSent(other), model)).toThrow('unexpected fp32_contents');
  });

  test('is taken or refused, never an accident', () => {
    const contents = fc.record(
      {
        fp32_contents: fc.array(fc.float(), { maxLength: 3 }),
        int_contents: fc.array(fc.integer(), { maxLength: 3 }),
        bytes_contents: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    const tensor = fc.record(
      {
        name: fc.constantFrom('x', 'n', 't', 'z'),
        datatype: fc.constantFrom('FP32', 'INT8', 'BYTES', ''),
        shape: fc.array(fc.oneof(fc.nat(3), fc.maxSafeInteger()), { maxLength: 3 }),
        contents,
      },
      { requiredKeys: [] },
    );
    const message = fc.record({
      inputs: fc.array(tensor, { maxLength: 4 }),
      raw_input_contents: fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(message, (value) => {
        try {
          readInferMessage(asSent(value), model);
        } catch (error) {
          if (!(error instanceof KnownError) || error.spec.status >= 500) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });
});

test('answers are typed where the request was, and raw where a type has no typed form', () => {
  const result = (type: 'float32' | 'float16') => ({
    modelName: 'm',
    modelVersion: '1',
    id: undefined,
    outputs: [
      { name: 'y', binary: true, tensor: { type, dims: [1], data: type === 'float32' ? Float32Array.of(0.5) : Uint16Array.of(0x3800) } },
    ],
  });
  expect(writeInferMessage(result('float32'), false)).toMatchObject({ outputs: [{ contents: { fp32_contents: Float32Array.of(0.5) } }] });
  expect(writeInferMessage(result('float32'), true)).toMatchObject({ raw_output_contents: [Uint8Array.of(0, 0, 0, 63)] });
  expect(writeInferMessage(result('float16'), false)).toHaveProperty('raw_output_contents');
});
