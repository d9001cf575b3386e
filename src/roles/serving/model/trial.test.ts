import { expect, test } from 'vitest';
import type { ModelSchema } from '#contract/model-schema.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Session, Tensor, Tensors } from '#ports/inference.ts';
import { decoderFor } from './decode.ts';
import { type InputPlan, planInputs } from './plan.ts';
import { tryRows } from './trial.ts';

const schema: ModelSchema = {
  task: 'regression',
  target: 'y',
  fields: [
    { name: 'a', type: 'double', required: true },
    { name: 'b', type: 'double', required: true },
  ],
};

type Rows = readonly (readonly [number, number])[];

/** A model whose answer is computed from all rows of its batch. */
function model(answer: (rows: Rows) => readonly number[], outputShape: readonly number[] = [-1]): Session {
  return {
    inputs: [{ name: 'x', type: 'float32', shape: [-1, 2] }],
    outputs: [{ name: 'y', type: 'float32', shape: outputShape }],
    isolated: false,
    run: (feeds: Tensors) => {
      const { data, dims } = feeds['x'] as Tensor;
      const rows = Array.from({ length: dims[0] as number }, (_, i) => [Number(data[2 * i]), Number(data[2 * i + 1])] as const);
      const values = answer(rows);
      return { y: { type: 'float32', dims: [values.length], data: Float32Array.from(values) } };
    },
    close: async () => {},
  };
}

const plan = (session: Session): InputPlan => planInputs(schema, session.inputs) as InputPlan;
const tried = (session: Session, isForeign = true) => tryRows({ session, plan: plan(session), schema }, isForeign);

test('rows that do not know of each other may run together, whatever shape the exporter declared', async () => {
  const sum = (rows: Rows) => rows.map(([a, b]) => a + b);
  expect(await tried(model(sum))).toMatchObject({ isRowwise: true, isInvariant: true });
  expect(await tried(model(sum, [1]))).toMatchObject({ isRowwise: true, isInvariant: true });
});

test('rows that change each other are told apart from those that cannot run together', async () => {
  const centred = (rows: Rows) => rows.map(([a]) => a - rows.reduce((sum, [other]) => sum + other, 0) / rows.length);
  expect(await tried(model(centred))).toMatchObject({ isRowwise: true, isInvariant: false, isMutual: true });
  const onlyOne = (rows: Rows) => {
    if (rows.length > 1) throw new Error('one row at a time');
    return [1];
  };
  expect(await tried(model(onlyOne))).toMatchObject({ isRowwise: true, isInvariant: false, isMutual: false });
});

test('an answer that is not one per row is told', async () => {
  expect(await tried(model(() => [1, 2, 3]))).toMatchObject({ isRowwise: false, isInvariant: false });
});

test('a model that cannot run is refused, one that only refuses a guessed text is not', async () => {
  const failure = new KnownError({ code: 'INFERENCE_INPUT_REFUSED', status: 422, message: () => 'no' }, {});
  const refuse = (): never => {
    throw failure;
  };
  const broken = model(refuse);
  await expect(tried(broken)).rejects.toBe(failure);
  const text: ModelSchema = { ...schema, fields: [{ name: 'a', type: 'string', required: true }] };
  const words: Session = { ...broken, inputs: [{ name: 'a', type: 'string', shape: [-1, 1] }], run: refuse };
  const guessed = await tryRows({ session: words, plan: planInputs(text, words.inputs) as InputPlan, schema: text }, true);
  expect(guessed).toEqual({ outputs: undefined, isRowwise: true, isInvariant: true, isMutual: false });
});

test('scores of a label are probabilities only where they add up to one', () => {
  const outputs = [
    { name: 'label', type: 'int64', shape: [-1] },
    { name: 'scores', type: 'float32', shape: [-1, 2] },
  ] as const;
  const classified: ModelSchema = { ...schema, task: 'classification', classes: [0, 1] };
  const says = (...scores: number[]): Tensors => ({
    label: { type: 'int64', dims: [1], data: BigInt64Array.of(1n) },
    scores: { type: 'float32', dims: [1, 2], data: Float32Array.from(scores) },
  });
  const read = (trial: Tensors) => decoderFor(classified, outputs, trial).row(trial, 0);
  expect(read(says(0.25, 0.75))).toEqual({ prediction: 1, probabilities: [0.25, 0.75], outputs: null });
  expect(read(says(3.5, 0.1))).toEqual({ prediction: 1, probabilities: null, outputs: null });
});
