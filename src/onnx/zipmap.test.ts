import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { runOnnx } from '#test/fixtures/learners/run-onnx.ts';
import { readModel } from './model-reader.ts';
import { writeModel } from './model-writer.ts';
import { removeZipMap } from './zipmap.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../../test/fixtures/learners/${name}`, import.meta.url));
const rows = () => new ort.Tensor('float32', Float32Array.of(5.1, 3.5, 1.4, 0.2, 6.3, 3.3, 6, 2.5), [2, 4]);

describe('removing ZipMap', () => {
  test.each([
    { name: 'sklearn-logistic-zipmap.onnx', labels: ['setosa', 'versicolor', 'virginica'], answer: ['setosa', 'virginica'] },
    { name: 'sklearn-forest-zipmap.onnx', labels: [0, 1, 2], answer: [0n, 2n] },
  ])('$name gives the same labels, and probabilities as a tensor', async ({ name, labels, answer }) => {
    const before = fixture(name);
    const { bytes, outputs } = removeZipMap(before);
    expect(outputs).toEqual([{ from: 'output_probability', to: 'probabilities', classLabels: labels }]);
    const result = await runOnnx(bytes, { X: rows() });
    expect([...(result['output_label']!.data as unknown as Iterable<unknown>)]).toEqual(answer);
    const probabilities = result['probabilities']!;
    expect(probabilities.dims).toEqual([2, 3]);
    const [a, b, c] = probabilities.data as Float32Array;
    expect(a! + b! + c!).toBeCloseTo(1, 5);
    expect(a).toBeGreaterThan(0.9);
    const labelsBefore = await runOnnx(before, { X: rows() }, ['output_label']);
    expect(result['output_label']!.data).toEqual(labelsBefore['output_label']!.data);
  });

  test('the labels stay in the file, and its signature tells a tensor', () => {
    const summary = readModel(removeZipMap(fixture('sklearn-logistic-zipmap.onnx')).bytes);
    expect(summary.operators).not.toContain('ai.onnx.ml.ZipMap');
    expect(summary.metadata['trainyard.classes']).toBe('["setosa","versicolor","virginica"]');
    expect(summary.outputs[1]).toEqual({ name: 'probabilities', kind: 'tensor', elementType: 'float32', shape: ['N', 3] });
  });

  test('a second time there is nothing to do, and the bytes are the same', () => {
    const once = removeZipMap(fixture('sklearn-forest-zipmap.onnx')).bytes;
    const twice = removeZipMap(once);
    expect(twice.outputs).toEqual([]);
    expect(twice.bytes).toBe(once);
  });

  test('a ZipMap whose result another node reads is left alone', () => {
    const bytes = writeModel({
      name: 'g',
      nodes: [
        { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
        { op: 'ZipMap', domain: 'ai.onnx.ml', inputs: ['p'], outputs: ['maps'], attributes: { classlabels_strings: { texts: ['a'] } } },
        { op: 'Identity', inputs: ['maps'], outputs: ['copy'] },
      ],
      constants: [],
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
      outputs: [{ name: 'maps', type: 'float32', shape: ['N'] }],
      metadata: {},
    });
    expect(removeZipMap(bytes).bytes).toBe(bytes);
  });

  test('a tensor that was an output already is not listed twice', () => {
    const bytes = writeModel({
      name: 'g',
      nodes: [
        { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
        { op: 'ZipMap', domain: 'ai.onnx.ml', inputs: ['p'], outputs: ['maps'], attributes: { classlabels_strings: { texts: ['a'] } } },
      ],
      constants: [],
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
      outputs: [
        { name: 'maps', type: 'float32', shape: ['N'] },
        { name: 'p', type: 'float32', shape: ['N', 1] },
      ],
      metadata: {},
    });
    expect(readModel(removeZipMap(bytes).bytes).outputs.map((output) => output.name)).toEqual(['p']);
  });
});
