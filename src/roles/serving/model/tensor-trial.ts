import { ELEMENT_ARRAYS, type Session, sizeOf, type Tensor, type TensorInfo, type Tensors } from '#ports/inference.ts';
import { toBfloat16, toFloat16 } from '../oip/datatypes.ts';

/** Rows larger than this are not made up, bytes. */
const MAX_ROW_BYTES = 64 * 2 ** 20;

/**
 * Runs two made-up rows alone and together on a model whose inputs are tensors.
 * @returns outputs of the first alone, where both are answered together as each alone; otherwise undefined
 */
export async function tryTensors(session: Session): Promise<Tensors | undefined> {
  const isFixed = session.inputs.every(({ shape }) => shape[0] === -1 && shape.slice(1).every((dim) => dim > 0));
  const bytes = session.inputs.reduce((sum, { shape }) => sum + 8 * sizeOf(shape.slice(1)), 0);
  if (!isFixed || session.inputs.length === 0 || bytes > MAX_ROW_BYTES) return undefined;
  const run = async (rows: readonly number[]): Promise<Tensors> =>
    session.run(Object.fromEntries(session.inputs.map((input) => [input.name, madeUp(input, rows)])));
  try {
    const alone = await run([0]);
    if (!Object.values(alone).every((t) => t.dims[0] === 1)) return undefined;
    const together = await run([0, 1]);
    const isIndependent = isSameRow(together, 0, alone) && isSameRow(together, 1, await run([1]));
    return isIndependent ? alone : undefined;
  } catch {
    // Made-up values may be none for this model: then its requests run as they come.
    return undefined;
  }
}

/** Small values that differ from place to place and from row to row, the same at every start. */
function madeUp({ type, shape }: TensorInfo, rows: readonly number[]): Tensor {
  const size = sizeOf(shape.slice(1));
  const dims = [rows.length, ...shape.slice(1)];
  const share = (at: number): number => (((rows[Math.floor(at / size)] as number) * 7919 + (at % size) * 104_729 + 17) % 1000) / 1000;
  if (type === 'string') return { type, dims, data: Array.from({ length: rows.length * size }, (_, i) => (share(i) < 0.5 ? 'a' : 'b')) };
  const data = new ELEMENT_ARRAYS[type](rows.length * size);
  const isFloat = type === 'float32' || type === 'float64';
  const toHalf = type === 'float16' ? toFloat16 : type === 'bfloat16' ? toBfloat16 : undefined;
  for (let i = 0; i < data.length; i++) {
    const whole = share(i) < 0.5 ? 0 : 1;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(whole);
    else data[i] = isFloat ? share(i) : toHalf ? toHalf(share(i)) : whole;
  }
  return { type, dims, data };
}

/** Whether entry `index` of a batch of two says what the row said alone. */
export function isSameRow(together: Tensors, index: number, alone: Tensors): boolean {
  return Object.entries(alone).every(([name, one]) => {
    const both = together[name];
    if (both === undefined || both.dims[0] !== 2 || both.data.length !== 2 * one.data.length) return false;
    for (let i = 0; i < one.data.length; i++) if (!isSame(both.data[index * one.data.length + i], one.data[i], one.type)) return false;
    return true;
  });
}

/** Engines may add up in another order when rows run together. */
function isSame(a: unknown, b: unknown, type: Tensor['type']): boolean {
  if (typeof a !== 'number' || typeof b !== 'number' || !type.startsWith('float')) return a === b;
  if (type === 'float16') return Math.abs(a - b) <= 4;
  return Object.is(a, b) || Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a)) || (Number.isNaN(a) && Number.isNaN(b));
}
