import { expect, test } from 'vitest';
import { type GraphNode, writeModel } from './model-writer.ts';
import { isSizedByValues } from './value-sized.ts';

const model = (nodes: readonly GraphNode[]): Uint8Array =>
  writeModel({
    name: 'sizes',
    nodes,
    constants: [
      { name: 'two', ints: [2] },
      { name: 'axes', ints: [0] },
    ],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['rows', 1] }],
    metadata: {},
  });
const node = (op: string, inputs: readonly string[], output: string): GraphNode => ({ op, inputs, outputs: [output] });

test('sizes from constants and from shapes of inputs are bounded', () => {
  expect(isSizedByValues(model([node('Tile', ['x', 'two'], 'y')]))).toBe(false);
  expect(isSizedByValues(model([node('Shape', ['x'], 's'), node('ConstantOfShape', ['s'], 'y')]))).toBe(false);
  expect(
    isSizedByValues(
      model([node('Relu', ['x'], 'a'), node('Shape', ['a'], 's'), node('Mul', ['s', 'two'], 't'), node('Expand', ['x', 't'], 'y')]),
    ),
  ).toBe(false);
});

test('sizes from values of rows are not, however long the way', () => {
  expect(isSizedByValues(model([node('Cast', ['x'], 'n'), node('ConstantOfShape', ['n'], 'y')]))).toBe(true);
  expect(
    isSizedByValues(
      model([node('Shape', ['x'], 's'), node('Cast', ['x'], 'n'), node('Mul', ['s', 'n'], 't'), node('Expand', ['x', 't'], 'y')]),
    ),
  ).toBe(true);
  expect(isSizedByValues(model([node('ReduceMax', ['x'], 'top'), node('Range', ['axes', 'top', 'two'], 'y')]))).toBe(true);
  expect(isSizedByValues(model([node('Expand', ['x', 'two'], 'y')]))).toBe(false);
});

test.each([
  ['AffineGrid', ['two', 'n']],
  ['Col2Im', ['x', 'n', 'two']],
  ['CropAndResize', ['x', 'two', 'axes', 'n']],
])('the output of %s is as large as an input says', (op, inputs) => {
  expect(isSizedByValues(model([node('Cast', ['x'], 'n'), node(op, inputs, 'y')]))).toBe(true);
});
