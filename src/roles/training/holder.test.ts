import { expect, test } from 'vitest';
import type { Inference, Session } from '#ports/inference.ts';
import { servedFigures } from './holder.ts';

test('a version that learnt codes as numbers is asked about them as numbers', async () => {
  const session: Session = {
    inputs: [{ name: 'features', type: 'float32', shape: [-1, 2] }],
    outputs: [{ name: 'value', type: 'float32', shape: [-1, 1] }],
    isolated: false,
    run: ({ features }) => {
      const data = features?.data as Float32Array;
      return {
        value: {
          type: 'float32',
          dims: [3, 1],
          data: Float32Array.from([0, 1, 2], (row) => (data[2 * row] ?? 0) + (data[2 * row + 1] ?? 0)),
        },
      };
    },
    close: async () => undefined,
  };
  const inference = { load: async () => session, close: async () => undefined } as Inference;
  const test = {
    rows: 3,
    columns: [
      { name: 'hour', kind: 'text', values: ['07', '12', '23'], padded: '07' },
      { name: 'x', kind: 'number', integer: false, values: Float64Array.of(0.5, 1, 2) },
    ],
    target: { kind: 'regression', name: 'y', values: Float64Array.of(7.5, 13, 25) },
  } as const;
  expect((await servedFigures(inference, { onnx: new Uint8Array(), names: ['hour', 'x'], classes: [] }, test))['r2']).toBe(1);
});
