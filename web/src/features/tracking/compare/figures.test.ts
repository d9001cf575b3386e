import { expect, test } from 'vitest';
import { axisOf, differs, usualAxes } from './figures.ts';

const line = (id: string, ...values: (string | number | undefined)[]) => ({ id, name: id.slice(id.indexOf('.') + 1), values });

test('numbers that are written as text stand by size, and a wide span by powers', () => {
  expect(axisOf(line('params.depth', '2', '10', '6')).places).toEqual([0, 1, 0.5]);
  expect(axisOf(line('params.rate', '0.0001', '1', '0.01')).places.map((place) => Number(place?.toFixed(9)))).toEqual([0, 1, 0.5]);
});

test('words stand evenly, and a run without a value has no place', () => {
  const axis = axisOf(line('params.learner', 'forest', undefined, 'gbdt', 'logistic'));
  expect(axis.places).toEqual([0, undefined, 0.5, 1]);
  expect(axis.ticks.map(({ label }) => label)).toEqual(['forest', 'gbdt', 'logistic']);
});

test('a figure that is the same in all runs stands in the middle; one that is not a number has no place', () => {
  expect(axisOf(line('metrics.a', 3, 3)).places).toEqual([0.5, 0.5]);
  expect(axisOf(line('metrics.a', 1, Number.NaN, 2)).places).toEqual([0, undefined, 1]);
});

test('only what differs is drawn', () => {
  expect(differs(line('params.seed', '7', '7'))).toBe(false);
  expect(
    usualAxes(
      [line('params.seed', '7', '7'), line('params.depth', '2', '3')],
      [line('metrics.acc', 0.1, 0.2), line('metrics.system/cpu', 1, 2)],
    ),
  ).toEqual(['params.depth', 'metrics.acc']);
});
