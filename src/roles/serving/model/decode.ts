import type { ModelSchema } from '#contract/model-schema.ts';
import type { Tensor, TensorInfo, Tensors } from '#ports/inference.ts';
import { fromBfloat16, fromFloat16 } from '../oip/datatypes.ts';

/** What a model says of one row. `probabilities` go with `classes` of the decoder. */
export interface Outcome {
  readonly prediction: number | string | null;
  readonly probabilities: readonly number[] | null;
  /** Outputs that are neither label, probability nor value, by name; only for models of task `other`. */
  readonly outputs: Readonly<Record<string, unknown>> | null;
  /** The probabilities as JSON members, once written: event and answer say the same. */
  members?: string;
}

/** Reads rows from a batch's output tensors. */
export interface Decoder {
  readonly task: ModelSchema['task'];
  /** Class labels as text, in the order of the probabilities. */
  readonly classes: readonly string[];
  row(outputs: Readonly<Record<string, Tensor>>, index: number): Outcome;
}

/** Where a model keeps what it says of a row. */
export interface OutputRoles {
  readonly label?: TensorInfo;
  /** Probabilities [N, classes]. */
  readonly scores?: TensorInfo;
  /** Probabilities as one output [N] per class, in the order of the classes. */
  readonly columns?: readonly TensorInfo[];
  readonly value?: TensorInfo;
}

/** The outputs that carry label, probabilities or value, found by type and shape: names differ between exporters. */
export function outputRoles(outputs: readonly TensorInfo[]): OutputRoles {
  const label = outputs.find((o) => (o.type === 'int64' || o.type === 'string' || o.type === 'int32') && isVector(o));
  const scores = outputs.find((o) => isFloat(o) && o.shape.length === 2 && o.shape[1] !== 1);
  const rest = outputs.filter((o) => o !== label);
  if (label && scores) return { label, scores };
  if (label && rest.length > 1 && rest.every((o) => isFloat(o) && isVector(o))) return { label, columns: rest };
  if (label) return { label };
  const value = outputs.length === 1 ? outputs.find((o) => isFloat(o) && isVector(o)) : undefined;
  return value ? { value } : {};
}

/**
 * Picks the way to read this model's outputs. Labels are the schema's; where it has none the columns are numbered.
 * @param trial outputs of a trial row: what does not add up to 1 there is a distance or a margin, no probability
 */
export function decoderFor(schema: ModelSchema, outputs: readonly TensorInfo[], trial?: Tensors): Decoder {
  const roles = outputRoles(outputs);
  if (schema.task === 'classification' && roles.label) {
    const classes = (schema.classes ?? []).map(String);
    const read = sharesReader(roles, classes);
    const isShare = read !== undefined && (trial === undefined || addsUpToOne(read(trial, 0)));
    return classifier(classes, roles.label.name, isShare ? read : undefined);
  }
  if (schema.task === 'regression' && roles.value) return regressor(roles.value.name);
  return anything(outputs);
}

/** For models whose answers nobody reads as rows: what they say stays in their tensors. */
export function silentDecoder({ classes }: Decoder): Decoder {
  const nothing: Outcome = { prediction: null, probabilities: null, outputs: null };
  return { task: 'other', classes, row: () => nothing };
}

type SharesReader = (outputs: Tensors, index: number) => number[];

function sharesReader({ scores, columns }: OutputRoles, classes: readonly string[]): SharesReader | undefined {
  if (columns !== undefined && columns.length === classes.length) {
    const names = columns.map((c) => c.name);
    return (outputs, i) => names.map((name) => (outputs[name] as Tensor).data[i] as number);
  }
  if (scores === undefined) return undefined;
  const { name } = scores;
  return (outputs, i) => {
    const tensor = outputs[name] as Tensor;
    const width = tensor.dims[1] as number;
    const shares = new Array<number>(width);
    const data = tensor.data as Float32Array;
    for (let c = 0; c < width; c++) shares[c] = data[i * width + c] as number;
    return shares;
  };
}

/** Exporters write float32, and some leave a rounding error per class. */
function addsUpToOne(shares: readonly number[]): boolean {
  const sum = shares.reduce((a, b) => a + b, 0);
  return Math.abs(sum - 1) < 1e-2 && shares.every((share) => share > -1e-3);
}

function classifier(classes: readonly string[], label: string, shares: SharesReader | undefined): Decoder {
  return {
    task: 'classification',
    classes,
    row: (outputs, i) => {
      const raw = (outputs[label] as Tensor).data[i];
      const prediction = typeof raw === 'bigint' ? Number(raw) : (raw as string | number);
      return { prediction, probabilities: shares === undefined ? null : shares(outputs, i), outputs: null };
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
  for (let k = 0; k < size; k++) flat.push(plain(tensor.data[index * size + k], tensor.type));
  return nest(flat, tensor.dims.slice(1));
}

function nest(flat: readonly unknown[], dims: readonly number[]): unknown {
  if (dims.length === 0) return flat[0];
  const step = flat.length / (dims[0] as number);
  return Array.from({ length: dims[0] as number }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), dims.slice(1)));
}

function plain(value: unknown, type: Tensor['type']): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'number') return value;
  if (type === 'bool') return value === 1;
  const real = type === 'float16' ? fromFloat16(value) : type === 'bfloat16' ? fromBfloat16(value) : value;
  return Number.isFinite(real) ? real : null;
}

function isVector(o: TensorInfo): boolean {
  return o.shape.length === 1 || (o.shape.length === 2 && o.shape[1] === 1);
}

function isFloat(o: TensorInfo): boolean {
  return o.type === 'float32' || o.type === 'float64';
}
