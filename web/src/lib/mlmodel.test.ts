import { expect, test } from 'vitest';
import { readMlModel } from './mlmodel.ts';

const FILE = `artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
    env:
      conda: conda.yaml
  sklearn:
    sklearn_version: 1.7.0
mlflow_version: 3.12.0
signature:
  inputs: '[{"type": "long", "name": "tenure", "required": true}, {"type": "double",
    "name": "it''s", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'
  params: null
`;

test('flavors and the folded signature are read', () => {
  expect(readMlModel(FILE)).toEqual({
    flavors: ['python_function', 'sklearn'],
    mlflowVersion: '3.12.0',
    inputs: [
      { name: 'tenure', type: 'long', isRequired: true },
      { name: "it's", type: 'double', isRequired: false },
    ],
    outputs: [{ name: '', type: 'float32 [-1, 3]', isRequired: true }],
  });
});

test('a file without a signature, or none at all, has no fields', () => {
  expect(readMlModel('flavors:\n  onnx:\n    data: model.onnx\n')).toMatchObject({ flavors: ['onnx'], inputs: [], outputs: [] });
  expect(readMlModel('{')).toMatchObject({ flavors: [], inputs: [] });
});
