import { expect, test } from 'vitest';
import { curveOf, smoothed } from './curves.ts';

test('smoothing keeps a constant, and its start is not drawn to zero', () => {
  expect(smoothed([2, 2, 2], 0.9).map((value) => Number(value?.toFixed(12)))).toEqual([2, 2, 2]);
  expect(smoothed([1, null, 3], 0.5)).toEqual([1, null, 7 / 3]);
});

const series = { run_id: 'r', key: 'loss', steps: [0, 1, 1, 2], times: [5000, 6000, 7000, 9000], values: [4, 3, 2.5, null] };

test('of several values at one step the last is drawn', () => {
  expect(curveOf(series, { name: 'loss', color: 'red' }, { axis: 'step', weight: 0 })).toEqual([
    { name: 'loss', color: 'red', x: [0, 1, 2], y: [4, 2.5, null] },
  ]);
});

test('relative time begins at the first point, in seconds', () => {
  expect(curveOf(series, { name: 'loss', color: 'red' }, { axis: 'relative', weight: 0 })[0]?.x).toEqual([0, 1, 2, 4]);
});
