import { KnownError } from '#kernel/errors.ts';
import type { Tensor } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import type { Row } from '../model/plan.ts';
import { cutRows } from '../model/tensor-rows.ts';
import type { ValueError } from '../protocol/validator.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { Asked, Predictor, Target } from '../runtime/predictor.ts';
import type { InferCall } from './call.ts';
import { classify } from './classification.ts';

/** One output as it is answered: sliced to the caller's rows. */
export interface InferOutput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly binary: boolean;
}

export interface InferResult {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string | undefined;
  readonly outputs: readonly InferOutput[];
}

/**
 * Runs a call. On tabular models it takes the way of every prediction: rows checked, batched, recorded and shown to shadows; other models are
 * asked with their tensors, and each entry of the first dimension is a row where that is so.
 * @throws TENSOR_INVALID, and what predicting throws
 */
export async function infer(
  predictor: Predictor,
  target: Target,
  { call, asked }: { call: InferCall; asked: Asked },
): Promise<InferResult> {
  const { live } = target;
  const { outputs, slice } = isTabular(live, call.feeds)
    ? await runRows(predictor, target, { call, asked })
    : { outputs: await runTensors(predictor, target, { call, asked }), slice: undefined };
  return {
    modelName: asked.name,
    modelVersion: live.model.version,
    id: call.id,
    outputs: call.outputs.map(({ name, binary, classes }) => {
      const whole = outputs[name] as Tensor;
      const tensor = slice === undefined ? whole : cutRows(whole, slice);
      if (classes === 0) return { name, tensor, binary };
      return { name, tensor: classify(tensor, { name, n: classes, labels: live.model.decoder.classes }), binary };
    }),
  };
}

/** Whether the tensors are rows of the model's columns; a graph with open dimensions may take others as well. */
function isTabular({ model, validator }: LiveModel, feeds: InferCall['feeds']): boolean {
  if (model.plan === undefined) return false;
  const width = model.plan.kind === 'matrix' ? validator.width : 1;
  return Object.values(feeds).every(({ dims }) => dims.length === 1 || dims[1] === width);
}

async function runRows(predictor: Predictor, target: Target, { call, asked }: { call: InferCall; asked: Asked }) {
  const rows = checkedRows(target.live, call.feeds, predictor.maxRows);
  const job = await predictor.rows(target, rows, { ...asked, timeoutMs: call.timeoutMs ?? asked.timeoutMs });
  return { outputs: job.result.outputs, slice: { offset: job.offset, rows: rows.length } };
}

async function runTensors(predictor: Predictor, target: Target, { call, asked }: { call: InferCall; asked: Asked }) {
  try {
    return await predictor.tensors(target, call.feeds, { ...asked, timeoutMs: call.timeoutMs ?? asked.timeoutMs });
  } catch (error) {
    // The engine refuses tensors that do not go together, and only it can know: the shapes had open dimensions.
    if (error instanceof KnownError && error.spec.code === 'INFERENCE_FAILED') throw fail.tensorInvalid({ reason: error.message }, error);
    throw error;
  }
}

function checkedRows({ model, validator }: LiveModel, feeds: InferCall['feeds'], maxRows: number): Row[] {
  const inputs = model.session.inputs.map((i) => feeds[i.name] as Tensor);
  const n = inputs[0]?.dims[0] ?? 0;
  if (n === 0 || inputs.some((t) => t.dims[0] !== n))
    throw fail.tensorInvalid({ reason: 'every input must have the same number of rows, at least one' });
  if (n > maxRows) throw fail.tensorInvalid({ reason: `the request has ${n} rows; at most ${maxRows} are scored at once` });
  const errors: ValueError[] = [];
  const value = cellReader(model, feeds, validator.width);
  const rows: Row[] = [];
  for (let r = 0; r < n && errors.length < 100; r++) {
    const values = Array.from({ length: validator.width }, (_, c) => value(r, c));
    rows.push(validator.listed(values, errors, n === 1 ? undefined : r));
  }
  if (errors.length === 0) return rows;
  const told = errors.slice(0, 5).map((e) => `${e.row === undefined ? '' : `row ${e.row}, `}${e.field} ${e.message}`);
  throw fail.tensorInvalid({ reason: told.join('; ') });
}

function cellReader({ plan, schema, session }: LoadedModel, feeds: InferCall['feeds'], width: number): (r: number, c: number) => unknown {
  if (plan?.kind === 'matrix') {
    const [input] = session.inputs;
    const matrix = feeds[(input as { name: string }).name] as Tensor;
    return (r, c) => scalar(matrix, r * width + c);
  }
  const columns = schema.fields.map((f) => feeds[f.name] as Tensor);
  return (r, c) => scalar(columns[c] as Tensor, r);
}

function scalar(tensor: Tensor, index: number): unknown {
  const value = tensor.data[index];
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value)))
      throw fail.tensorInvalid({ reason: `element ${index}: whole numbers beyond 2^53 cannot be taken by this model` });
    return Number(value);
  }
  if (tensor.type === 'bool') return value === 1;
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
}
