import { type Session, sizeOf, type Tensor, type TensorData, type TensorInfo, type Tensors } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { fromBfloat16, fromFloat16, oipType } from '../oip/datatypes.ts';
import type { Row } from './plan.ts';

/** Elements that an event tells one by one, over all inputs of a row. */
const MAX_TOLD = 64;
/** Longest text of one feature in an event. */
const MAX_TEXT = 1000;
/** Memory of the tensors that run together, and of those that wait, bytes. */
const BATCH_BYTES = 32 * 2 ** 20;
const QUEUE_BYTES = 256 * 2 ** 20;

/** Where the elements of a row are: entry `index` of every tensor, or all of them where a request is one row. */
interface Source {
  readonly feeds: Tensors;
  readonly index: number | undefined;
}

const SOURCE = Symbol('source');
type TensorRow = Row & { readonly [SOURCE]?: Source };

/** Rows of a model whose inputs are tensors and no columns, on the same way as all rows: batched, recorded, shown to shadows. */
export interface TensorRows {
  /** Features as events tell them: elements by place where a row has few, else type and shape of each input. */
  readonly names: readonly string[];
  readonly maxBatchRows: number;
  readonly maxQueueRows: number;
  /** Whether a request has a row per entry of the first dimension; otherwise it is one row. */
  readonly isRowwise: boolean;
  /** @throws TENSOR_INVALID where inputs do not have the same number of rows */
  rows(feeds: Tensors): Row[];
  encode(rows: readonly Row[]): Tensors;
  /** Whether a row, made by another model's, has the tensors that this one takes. */
  takes(row: Row): boolean;
}

/** Whether a row was made from tensors, which only a model with the same inputs can read. */
export function isTensorRow(row: Row | undefined): boolean {
  return row !== undefined && (row as TensorRow)[SOURCE] !== undefined;
}

/** @param isRowwise proved by a trial: every entry of the first dimension is answered for itself */
export function tensorRows({ inputs }: Pick<Session, 'inputs'>, isRowwise: boolean): TensorRows {
  const tellers = isRowwise ? rowTellers(inputs) : inputs.map((input): Teller => ({ names: [input.name], tell: wholeText(input) }));
  const bytes = isRowwise ? inputs.reduce((sum, input) => sum + 8 * sizeOf(input.shape.slice(1)), 0) : 1;
  return {
    names: tellers.flatMap((teller) => teller.names),
    maxBatchRows: Math.max(1, Math.floor(BATCH_BYTES / bytes)),
    maxQueueRows: Math.max(1, Math.floor(QUEUE_BYTES / bytes)),
    isRowwise,
    rows: (feeds) => {
      const tensors = inputs.map((input) => feeds[input.name] as Tensor);
      const row = (index: number | undefined): Row =>
        Object.assign(
          tellers.flatMap(({ tell }, i) => tell(tensors[i] as Tensor, index ?? 0)),
          { [SOURCE]: { feeds, index } satisfies Source },
        );
      if (!isRowwise) return [row(undefined)];
      const count = tensors[0]?.dims[0] ?? 0;
      if (tensors.some((t) => t.dims[0] !== count)) throw fail.tensorInvalid({ reason: 'every input must have the same number of rows' });
      return Array.from({ length: count }, (_, index) => row(index));
    },
    encode: (rows) => encoded(rows as readonly TensorRow[], inputs),
    takes: (row) => {
      const source = (row as TensorRow)[SOURCE];
      if (source === undefined || (source.index !== undefined) !== isRowwise) return false;
      return inputs.every(({ name, type, shape }) => {
        const tensor = source.feeds[name];
        return (
          tensor?.type === type && tensor.dims.length === shape.length && shape.every((dim, i) => dim === -1 || dim === tensor.dims[i])
        );
      });
    },
  };
}

/** What an event tells of one input. */
interface Teller {
  readonly names: readonly string[];
  tell(tensor: Tensor, index: number): Row;
}

/** Small inputs element by element, the others by type and shape. */
function rowTellers(inputs: readonly TensorInfo[]): Teller[] {
  let told = 0;
  return inputs.map(({ name, type, shape }) => {
    const inner = shape.slice(1);
    const size = sizeOf(inner);
    if (told + size > MAX_TOLD) return { names: [name], tell: () => [`${oipType(type)}[${inner.join(',')}]`] };
    told += size;
    const names = Array.from({ length: size }, (_, i) => (size === 1 ? name : `${name}[${placeOf(i, inner).join(',')}]`));
    return { names, tell: ({ data }, index) => names.map((_, i) => plain(data[index * size + i], type)) };
  });
}

function wholeText({ type }: TensorInfo): Teller['tell'] {
  return ({ dims, data }) => {
    const head = `${oipType(type)}[${dims.join(',')}]`;
    if (data.length > MAX_TOLD) return [head];
    return [`${head} ${Array.from(data as readonly unknown[], (value) => String(plain(value, type))).join(',')}`.slice(0, MAX_TEXT)];
  };
}

function placeOf(flat: number, dims: readonly number[]): number[] {
  const place: number[] = [];
  for (let rest = flat, i = dims.length - 1; i >= 0; i--) {
    place.unshift(rest % (dims[i] as number));
    rest = Math.floor(rest / (dims[i] as number));
  }
  return place;
}

function plain(value: unknown, type: TensorInfo['type']): number | string | boolean {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (type === 'bool') return value === 1;
  const number = Number(value);
  return type === 'float16' ? fromFloat16(number) : type === 'bfloat16' ? fromBfloat16(number) : number;
}

/** The rows' entries behind each other; the caller's own tensors where they are all that runs. */
function encoded(rows: readonly TensorRow[], inputs: readonly TensorInfo[]): Tensors {
  const sources = rows.map((row) => row[SOURCE] as Source);
  const [first] = sources as [Source];
  const isAll = sources.every((s, i) => s.feeds === first.feeds && s.index === i);
  const count = first.feeds[inputs[0]?.name ?? '']?.dims[0];
  if (first.index === undefined || (isAll && count === rows.length)) return first.feeds;
  const tensors = inputs.map(({ name, type, shape }): [string, Tensor] => {
    const size = sizeOf(shape.slice(1));
    const parts = sources.map(({ feeds, index = 0 }) => part((feeds[name] as Tensor).data, index * size, size));
    return [name, { type, dims: [rows.length, ...shape.slice(1)], data: joinedData(parts) }];
  });
  return Object.fromEntries(tensors);
}

function part(data: TensorData, from: number, size: number): TensorData {
  return Array.isArray(data) ? data.slice(from, from + size) : (data as Float32Array).subarray(from, from + size);
}

/** One array of the parts' own kind: who reads tensors as bytes needs them to stay what they were. */
export function joinedData(parts: readonly TensorData[]): TensorData {
  if (Array.isArray(parts[0])) return (parts as readonly (readonly string[])[]).flat();
  const typed = parts as readonly Float32Array[];
  const Kind = (typed[0] as Float32Array).constructor as Float32ArrayConstructor;
  const whole = new Kind(typed.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of typed) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

/** Where a caller's rows stand in a batch. */
export interface Slice {
  readonly offset: number;
  readonly rows: number;
}

/** The caller's rows of a batch's output, without a copy where the elements have a fixed size. */
export function cutRows(tensor: Tensor, slice: Slice): Tensor {
  const dims = [slice.rows, ...tensor.dims.slice(1)];
  const step = sizeOf(tensor.dims.slice(1));
  const from = slice.offset * step;
  const size = slice.rows * step;
  const { type, data } = tensor;
  if (from === 0 && size === data.length) return { type, dims, data };
  return { type, dims, data: part(data, from, size) };
}
