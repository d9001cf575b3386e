import { sizeOf, type Tensor } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { fromBfloat16, fromFloat16 } from './datatypes.ts';

/**
 * Triton's classification extension: the `n` largest values of each row as text `value:index` or `value:index:label`, largest first.
 * @param labels names by index, where the model has as many as the rows have values
 * @returns a tensor of shape [rows, min(n, width)]; [min(n, width)] for an output of one dimension
 */
export function classify(tensor: Tensor, { name, n, labels }: { name: string; n: number; labels: readonly string[] }): Tensor {
  const { type, dims, data } = tensor;
  if (type === 'string' || type === 'bool')
    throw fail.tensorInvalid({ reason: `class result not available for output '${name}' due to unsupported type` });
  const rows = dims.length > 1 ? (dims[0] as number) : 1;
  const width = dims.length > 1 ? sizeOf(dims.slice(1)) : sizeOf(dims);
  const count = Math.min(n, width);
  const named = labels.length === width ? labels : undefined;
  const texts: string[] = [];
  for (let r = 0; r < rows; r++) {
    const order = Array.from({ length: width }, (_, i) => i);
    const at = (i: number): number => valueAt(tensor, r * width + i);
    order.sort((a, b) => compare(at(b), at(a)) || a - b);
    for (const i of order.slice(0, count)) {
      const value = data[r * width + i] as number | bigint;
      const shown = typeof value === 'bigint' ? String(value) : type.startsWith('float') ? at(i).toFixed(6) : String(at(i));
      texts.push(`${shown}:${i}${named ? `:${named[i]}` : ''}`);
    }
  }
  return { type: 'string', dims: dims.length > 1 ? [rows, count] : [count], data: texts };
}

function valueAt({ type, data }: Tensor, index: number): number {
  const value = Number(data[index]);
  return type === 'float16' ? fromFloat16(value) : type === 'bfloat16' ? fromBfloat16(value) : value;
}

/** NaN stands last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : a > b ? 1 : 0;
}
