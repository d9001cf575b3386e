import { expect, test } from 'vitest';
import { traceSums } from './usage.ts';

const node = (span_id: string, parent_id: string | null, usage: object | null, cost: object | null = null) => ({
  span_id,
  parent_id,
  usage: usage && JSON.stringify(usage),
  cost: cost && JSON.stringify(cost),
});

test('tokens of a trace are summed over spans that no span above has counted', () => {
  const spans = [
    node('root', null, null),
    node('agent', 'root', { input_tokens: 10, output_tokens: 5, total_tokens: 15 }),
    node('call', 'agent', { input_tokens: 10, output_tokens: 5, total_tokens: 15 }),
    node('other', 'root', { input_tokens: 1, total_tokens: 1, cache_read_input_tokens: 7 }, { input_cost: 0.5, total_cost: 2 }),
    node('lost', 'not here', { output_tokens: 2 }),
  ];
  expect(traceSums(spans)).toEqual({
    usage: '{"input_tokens": 11, "output_tokens": 7, "total_tokens": 16, "cache_read_input_tokens": 7}',
    cost: '{"input_cost": 0.5, "output_cost": 0.0, "total_cost": 2.0}',
  });
  expect(traceSums([node('root', null, null)])).toEqual({ usage: undefined, cost: undefined });
});

test('a trace of very many spans is summed as fast as it is deep or wide', () => {
  const wide = Array.from({ length: 100_000 }, (_, i) => node(`s${i}`, i === 0 ? null : 's0', i === 0 ? null : { input_tokens: 1 }));
  const deep = Array.from({ length: 100_000 }, (_, i) =>
    node(`s${i}`, i === 0 ? null : `s${i - 1}`, i === 99_999 ? { input_tokens: 3 } : null),
  );
  expect(traceSums(wide).usage).toBe('{"input_tokens": 99999, "output_tokens": 0, "total_tokens": 0}');
  expect(traceSums(deep).usage).toBe('{"input_tokens": 3, "output_tokens": 0, "total_tokens": 0}');
});
