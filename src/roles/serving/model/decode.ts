import type { ModelSchema } from '#contract/model-schema.ts';
import type { Tensor, TensorInfo } from '#ports/inference.ts';

/** What a model says of one row. `probabilities` go with `classes` of the decoder. */
export interface Outcome {
  readonly prediction: number | string | null;
  readonly probabilities: readonly number[] | null;
  /** Outputs that are neither label, probability nor value, by name; only for models of task `other`. */
  readonly outputs: Readonly<Record<string, unknown>> | null;
}

/** Reads rows from a batch's output tensors. */
export interface Decoder {
  readonly task: ModelSchema['task'];
  /** Class labels as text, in the order of the probabilities. */
  readonly classes: readonly string[];
  row(outputs: Readonly<Record<string, Tensor>>, index: number): Outcome;
}

/** The outputs that carry label, probabilities or value, found by type and shape: names differ between exporters. */
export function outputRoles(outputs: readonly TensorInfo[]): { label?: TensorInfo; scores?: TensorInfo; value?: TensorInfo } {
  const label = outputs.find((o) => (o.type === 'int64' || o.type === 'string' || o.type === 'int32') && isVector(o));
  const scores = outputs.find((o) => isFloat(o) && o.shape.length === 2 && o.shape[1] !== 1);
  if (label) return { label, ...(scores ? { scores } : {}) };
  const value = outputs.length === 1 ? outputs.find((o) => isFloat(o) && isVector(o)) : undefined;
  return value ? { value } : {};
}

/** Picks the way to read this model's outputs. @param classes labels of the schema; where absent the columns are numbered */
export function decoderFor(schema: ModelSchema, outputs: readonly TensorInfo[]): Decoder {
  const roles = outputRoles(outputs);
  if (schema.task === 'classification' && roles.label) return classifier(schema, roles.label.name, roles.scores?.name);
  if (schema.task === 'regression' && roles.value) return regressor(roles.value.name);
  return anything(outputs);
}

function classifier(schema: ModelSchema, label: string, scores: string | undefined): Decoder {
  const classes = (schema.classes ?? []).map(String);
  return {
    task: 'classification',
    classes,
    row: (outputs, i) => {
      const raw = (outputs[label] as Tensor).data[i];
      const prediction = typeof raw === 'bigint' ? Number(raw) : (raw as string | number);
      const tensor = scores === undefined ? undefined : outputs[scores];
      if (!tensor) return { prediction, probabilities: null, outputs: null };
      const width = tensor.dims[1] as number;
      const probabilities = new Array<number>(width);
      const data = tensor.data as Float32Array;
      for (let c = 0; c < width; c++) probabilities[c] = data[i * width + c] as number;
      return { prediction, probabilities, outputs: null };
    },
  };
}

function regressor(value: string): Decoder {
  return {
    task: 'regression',
    classes: [],
    row: (outputs, i) => ({ prediction: (outputs[value] as Tensor).data[i] as number, probabilities: null, outputs: null }),
  };
}

function anything(infos: readonly TensorInfo[]): Decoder {
  return {
    task: 'other',
    classes: [],
    row: (outputs, i) => ({
      prediction: null,
      probabilities: null,
      outputs: Object.fromEntries(infos.map((o) => [o.name, rowOf(outputs[o.name] as Tensor, i)])),
    }),
  };
}

/** One row of a tensor as nested lists; 64-bit integers become numbers, or text where a number would not hold them. */
function rowOf(tensor: Tensor, index: number): unknown {
  const size = tensor.dims.slice(1).reduce((a, b) => a * b, 1);
  const flat: unknown[] = [];
  for (let k = 0; k < size; k++) flat.push(plain(tensor.data[index * size + k], tensor.type === 'bool'));
  return nest(flat, tensor.dims.slice(1));
}

function nest(flat: readonly unknown[], dims: readonly number[]): unknown {
  if (dims.length === 0) return flat[0];
  const step = flat.length / (dims[0] as number);
  return Array.from({ length: dims[0] as number }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), dims.slice(1)));
}

function plain(value: unknown, bool: boolean): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return bool ? value === 1 : value;
}

function isVector(o: TensorInfo): boolean {
  return o.shape.length === 1 || (o.shape.length === 2 && o.shape[1] === 1);
}

function isFloat(o: TensorInfo): boolean {
  return o.type === 'float32' || o.type === 'float64';
}
