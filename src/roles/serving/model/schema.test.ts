import { expect, test } from 'vitest';
import { readModel } from '#onnx/model-reader.ts';
import { writeModel } from '#onnx/model-writer.ts';
import type { Session } from '#ports/inference.ts';
import { schemaFromGraph } from './schema.ts';

const session: Session = {
  inputs: [
    { name: 'age', type: 'int64', shape: [-1, 1] },
    { name: 'income', type: 'float32', shape: [-1, 1] },
    { name: 'city', type: 'string', shape: [-1, 1] },
  ],
  outputs: [{ name: 'value', type: 'float32', shape: [-1, 1] }],
  isolated: false,
  run: () => ({}),
  close: async () => {},
};
const summary = readModel(writeModel({ name: 'g', inputs: [], outputs: [], nodes: [], constants: [], metadata: {} }));

test('a column that may be missing is required where its tensor has no word for that', () => {
  const columns = [
    { name: 'age', type: 'long', required: false },
    { name: 'income', type: 'double', required: false },
    { name: 'city', type: 'string', required: false },
  ];
  const { fields, task } = schemaFromGraph(session, { signature: { inputs: JSON.stringify(columns) } }, summary);
  expect(task).toBe('regression');
  expect(fields.map((f) => [f.name, f.type, f.required])).toEqual([
    ['age', 'long', true],
    ['income', 'double', false],
    ['city', 'string', false],
  ]);
});

test('without a signature the graph names the columns', () => {
  expect(schemaFromGraph(session, undefined, summary).fields.map((f) => [f.name, f.type])).toEqual([
    ['age', 'long'],
    ['income', 'float'],
    ['city', 'string'],
  ]);
  const matrix: Session = { ...session, inputs: [{ name: 'X', type: 'float64', shape: [-1, 2] }] };
  expect(schemaFromGraph(matrix, undefined, summary).fields.map((f) => [f.name, f.type])).toEqual([
    ['x0', 'double'],
    ['x1', 'double'],
  ]);
});
