import { expect, test } from 'vitest';
import { spansOfFile } from './trace-spans.ts';

test('whole numbers keep their digits as far as 64 bits go, and are doubles beyond', () => {
  const attributes = { near: '[9007199254740993, -9223372036854775807]', far: '[123456789012345678901234567890]', point: '1.0' };
  const [span] = spansOfFile(JSON.stringify({ spans: [{ trace_id: 't', span_id: 's', name: 'n', attributes }] })) as {
    attributes: unknown;
  }[];
  const list = (...values: object[]) => ({ array_value: { values } });
  expect(span?.attributes).toEqual([
    { key: 'near', value: list({ int_value: '9007199254740993' }, { int_value: '-9223372036854775807' }) },
    { key: 'far', value: list({ double_value: 1.2345678901234568e29 }) },
    { key: 'point', value: { double_value: 1 } },
  ]);
});
