import type { PythonColumn, Tensor, TensorInfo, Tensors } from '#ports/inference.ts';

/** An output as it comes over the wire; null stands for what is no finite number. */
export interface OutputOnWire {
  readonly name: string;
  readonly type: 'float64' | 'int64' | 'string';
  readonly dims: readonly number[];
  readonly data: readonly (number | string | null)[];
}

const TYPES = { double: 'float64', float: 'float32', long: 'int64', integer: 'int32', boolean: 'bool', string: 'string' } as const;

/** The input that a column is to callers. Whole numbers that may be missing come as fractions, which have a word for it. */
export function inputOf({ name, type, required }: PythonColumn): TensorInfo {
  const isOpen = !required && (type === 'long' || type === 'integer');
  return { name, type: isOpen ? 'float64' : TYPES[type], shape: [-1, 1] };
}

/** Cells by column, as JSON says them; undefined where the tensors are no columns of one length. */
export function cellsOf(feeds: Tensors, columns: readonly PythonColumn[]): (number | string | boolean | null)[][] | undefined {
  const rows = feeds[columns[0]?.name ?? '']?.data.length;
  const cells = columns.map((column) => {
    const tensor = feeds[column.name];
    return tensor === undefined || tensor.data.length !== rows
      ? undefined
      : Array.from(tensor.data as readonly (number | bigint | string)[], (value) => cell(value, column));
  });
  return cells.includes(undefined) ? undefined : (cells as (number | string | boolean | null)[][]);
}

function cell(value: number | bigint | string, { required }: PythonColumn): number | string | null {
  if (typeof value === 'string') return value === '' && !required ? null : value;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Outputs as tensors. */
export function tensorsOf(outputs: readonly OutputOnWire[]): Tensors {
  return Object.fromEntries(outputs.map((output): [string, Tensor] => [output.name, tensorOf(output)]));
}

function tensorOf({ type, dims, data }: OutputOnWire): Tensor {
  if (type === 'string') return { type, dims, data: data.map(String) };
  if (type === 'int64') return { type, dims, data: BigInt64Array.from(data, (value) => BigInt(value as number)) };
  return { type, dims, data: Float64Array.from(data, (value) => (value === null ? Number.NaN : Number(value))) };
}
