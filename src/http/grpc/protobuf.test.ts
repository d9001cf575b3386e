import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messages } from '#contract/grpc/inference.ts';
import type { MessageShape } from '#contract/grpc/message.ts';
import { KnownError } from '#kernel/errors.ts';
import { decodeMessage, encodeMessage } from './protobuf.ts';

const shape: MessageShape = {
  1: { name: 'text', kind: 'string' },
  2: { name: 'whole', kind: 'int' },
  3: { name: 'wide', kind: 'big' },
  4: { name: 'unsigned', kind: 'ubig', repeated: true },
  5: { name: 'real', kind: 'double', repeated: true },
  6: { name: 'single', kind: 'float' },
  7: { name: 'flag', kind: 'bool' },
  8: { name: 'bytes', kind: 'bytes', repeated: true },
  9: { name: 'inner', kind: { 1: { name: 'a', kind: 'int', repeated: true } }, repeated: true },
  10: { name: 'nanoseconds', kind: 'fixed64' },
  16: { name: 'map', kind: { 1: { name: 'a', kind: 'int' } }, map: true },
};

describe('protobuf messages', () => {
  test('survive writing and reading', () => {
    const value = fc.record({
      text: fc.string({ unit: 'grapheme' }),
      whole: fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
      wide: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      nanoseconds: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      unsigned: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
      real: fc.array(fc.double()),
      single: fc.float(),
      flag: fc.boolean(),
      bytes: fc.array(fc.uint8Array().map((b) => Buffer.from(b))),
      inner: fc.array(fc.record({ a: fc.array(fc.integer()) })),
      map: fc.dictionary(fc.string({ minLength: 1 }), fc.record({ a: fc.integer() })),
    });
    fc.assert(
      fc.property(value, (message) => {
        const back = decodeMessage(shape, encodeMessage(shape, message));
        expect({ ...back, map: { ...(back['map'] as object) } }).toEqual({ ...message, map: { ...message.map } });
      }),
    );
  });

  test('match what the specification writes', () => {
    // Protocol Buffers documentation, "Encoding": 150 as field 1, packed [3, 270, 86942] as field 6, -1 as ten bytes.
    expect(Buffer.from(encodeMessage({ 1: { name: 'a', kind: 'int' } }, { a: 150 })).toString('hex')).toBe('089601');
    expect(Buffer.from(encodeMessage({ 6: { name: 'f', kind: 'int', repeated: true } }, { f: [3, 270, 86942] })).toString('hex')).toBe(
      '3206038e029ea705',
    );
    expect(Buffer.from(encodeMessage({ 1: { name: 'a', kind: 'int' } }, { a: -1 })).toString('hex')).toBe('08ffffffffffffffffff01');
    expect(decodeMessage({ 6: { name: 'f', kind: 'int', repeated: true } }, Buffer.from('3003308e02', 'hex'))).toEqual({ f: [3, 270] });
  });

  test('that are no messages are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeMessage(messages.InferRequest, bytes);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
