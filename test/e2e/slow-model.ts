import { type GraphNode, writeModel } from '#onnx/model-writer.ts';

/** Numbers that each row is spread to. */
const WIDTH = 20_000;

/** A regression of `x` whose run takes as long for each row, however many there are: `steps` sines of 20,000 numbers, about 0.04 ms a step. */
export function slowModel(steps: number): Uint8Array {
  const sines = Array.from({ length: steps }, (_, i): GraphNode => ({ op: 'Sin', inputs: [`wide${i}`], outputs: [`wide${i + 1}`] }));
  return writeModel({
    name: 'slow',
    nodes: [
      { op: 'Tile', inputs: ['x', 'repeats'], outputs: ['wide0'] },
      ...sines,
      { op: 'ReduceMean', inputs: [`wide${steps}`], outputs: ['variable'], attributes: { axes: { ints: [1] }, keepdims: { int: 1 } } },
    ],
    constants: [{ name: 'repeats', ints: [1, WIDTH] }],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 1] }],
    outputs: [{ name: 'variable', type: 'float32', shape: ['rows', 1] }],
    metadata: {},
  });
}
