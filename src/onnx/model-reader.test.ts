import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnxError } from './errors.ts';
import { readModel } from './model-reader.ts';
import { type GraphModel, writeModel } from './model-writer.ts';
import { WireWriter } from './wire.ts';
import { removeZipMap } from './zipmap.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../../test/fixtures/learners/${name}`, import.meta.url));

const model: GraphModel = {
  name: 'example',
  nodes: [
    { op: 'Reshape', inputs: ['x', 'shape'], outputs: ['flat'] },
    {
      op: 'LinearClassifier',
      domain: 'ai.onnx.ml',
      inputs: ['flat'],
      outputs: ['label', 'probabilities'],
      attributes: { coefficients: { floats: [1, -1] }, intercepts: { floats: [0, 0] }, classlabels_ints: { ints: [-3, 70000] } },
    },
  ],
  constants: [{ name: 'shape', ints: [-1, 1] }],
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
  outputs: [
    { name: 'label', type: 'int64', shape: ['N'] },
    { name: 'probabilities', type: 'float32', shape: ['N', 2] },
  ],
  metadata: { note: 'naïve ☕', __proto__x: '1' },
};

/** Either answers or refuses as a catalogued error. */
function isHandled(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    return error instanceof OnnxError;
  }
}

describe('reading a model', () => {
  test('what was written is read back', () => {
    expect(readModel(writeModel(model))).toEqual({
      irVersion: 8,
      producer: 'trainyard',
      producerVersion: '',
      graphName: 'example',
      opsets: { '': 17, 'ai.onnx.ml': 3 },
      inputs: [{ name: 'x', kind: 'tensor', elementType: 'float32', shape: ['N', 1] }],
      outputs: [
        { name: 'label', kind: 'tensor', elementType: 'int64', shape: ['N'] },
        { name: 'probabilities', kind: 'tensor', elementType: 'float32', shape: ['N', 2] },
      ],
      operators: ['Reshape', 'ai.onnx.ml.LinearClassifier'],
      initializerCount: 1,
      initializerBytes: expect.any(Number),
      metadata: { note: 'naïve ☕', __proto__x: '1' },
      classLabels: [-3, 70000],
    });
  });

  test('a model of scikit-learn: inputs, the sequence of maps, labels', () => {
    const summary = readModel(fixture('sklearn-logistic-zipmap.onnx'));
    expect(summary.producer).toBe('skl2onnx');
    expect(summary.inputs).toEqual([{ name: 'X', kind: 'tensor', elementType: 'float32', shape: [null, 4] }]);
    expect(summary.outputs.map(({ name, kind }) => [name, kind])).toEqual([
      ['output_label', 'tensor'],
      ['output_probability', 'sequence'],
    ]);
    expect(summary.operators).toContain('ai.onnx.ml.ZipMap');
    expect(summary.classLabels).toEqual(['setosa', 'versicolor', 'virginica']);
  });

  test('a metadata key may be named __proto__', () => {
    const { metadata } = readModel(writeModel({ ...model, metadata: JSON.parse('{"__proto__": "x"}') }));
    expect(Object.entries(metadata)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
  });

  test('inputs that are initialisers are not asked of the caller', () => {
    const inputs = [...model.inputs, { name: 'shape', type: 'int64', shape: [2] } as const];
    expect(readModel(writeModel({ ...model, inputs })).inputs.map((input) => input.name)).toEqual(['x']);
  });

  test('bytes of another kind are refused with a sentence', () => {
    expect(() => readModel(new Uint8Array(0))).toThrow('it holds no graph');
    expect(() => readModel(Buffer.from('PK\u0003\u0004 a zip file'))).toThrow(OnnxError);
    expect(() => readModel(Buffer.from('<html><body>Not found</body></html>'))).toThrow('This is not a readable ONNX file');
  });

  test('a length that claims terabytes is refused without reserving them', () => {
    const claim = Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1);
    expect(() => readModel(claim)).toThrow('runs past the end');
    expect(() => readModel(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01))).toThrow(OnnxError);
    expect(() => readModel(Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01))).toThrow('64 bits');
  });

  test.each(['sklearn-logistic-zipmap.onnx', 'sklearn-forest-zipmap.onnx'])(
    '%s cut off or changed anywhere is read or refused, never worse',
    (name) => {
      const bytes = fixture(name);
      const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 });
      fc.assert(
        fc.property(change, fc.nat(bytes.length), (changes, length) => {
          const broken = Uint8Array.from(bytes);
          for (const [at, value] of changes) broken[at] = value;
          const cut = broken.subarray(0, length);
          return [broken, cut].every((each) => isHandled(() => readModel(each)) && isHandled(() => removeZipMap(each)));
        }),
        { numRuns: 400 },
      );
    },
  );

  test('arbitrary bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isHandled(() => removeZipMap(bytes))),
      { numRuns: 1000 },
    );
  });

  test('integers of any size survive writing and reading', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1 }), (ints) => {
        const nodes = [{ op: 'ZipMap', inputs: [], outputs: [], attributes: { classlabels_int64s: { ints } } }];
        expect(readModel(writeModel({ ...model, nodes })).classLabels).toEqual(ints);
      }),
    );
  });

  test('fields that it does not know are passed over', () => {
    const unknown = new WireWriter().raw(writeModel(model)).int(99, 5).float(98, 1.5).bytes(97, Uint8Array.of(1, 2)).finish();
    expect(readModel(unknown)).toEqual(readModel(writeModel(model)));
  });
});
