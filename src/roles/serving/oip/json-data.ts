import type { Tensor, TensorData, TensorType } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './datatypes.ts';

const INTEGERS = {
  int8: [Int8Array, -128, 127],
  int16: [Int16Array, -32768, 32767],
  int32: [Int32Array, -2147483648, 2147483647],
  uint8: [Uint8Array, 0, 255],
  uint16: [Uint16Array, 0, 65535],
  uint32: [Uint32Array, 0, 4294967295],
} as const;

const WIDE = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** As many dimensions as a shape may have. */
const MAX_DEPTH = 32;

interface Given {
  readonly name: string;
  readonly flat: readonly unknown[];
}

/**
 * Elements of a tensor from JSON, flat or nested to any depth. `null` is NaN in floats; whole numbers beyond 2^53 may come as text or as BigInt.
 * @throws TENSOR_INVALID naming the element
 */
export function fromJson(
  data: unknown,
  type: TensorType,
  { name, size, shape }: { name: string; size: number; shape: readonly number[] },
): TensorData {
  const flat = flatten(data);
  if (flat.length !== size)
    throw fail.tensorInvalid({
      reason: `input '${name}' has ${flat.length} elements, but its shape [${shape.join(',')}] holds ${size}`,
    });
  const given: Given = { name, flat };
  switch (type) {
    case 'string':
      return flat.map((v, i) => (typeof v === 'string' ? v : refuse(given, i, 'text')));
    case 'bool':
      return Uint8Array.from(flat, (v, i) =>
        typeof v === 'boolean' ? Number(v) : v === 0 || v === 1 ? v : refuse(given, i, 'true or false'),
      );
    case 'float32':
      return floats(given, new Float32Array(size));
    case 'float64':
      return floats(given, new Float64Array(size));
    case 'float16':
      return Uint16Array.from(flat, (_, i) => toFloat16(floatAt(given, i)));
    case 'bfloat16':
      return Uint16Array.from(flat, (_, i) => toBfloat16(floatAt(given, i)));
    case 'int64':
      return BigInt64Array.from(flat, (_, i) => wideAt(given, i, WIDE.int64));
    case 'uint64':
      return BigUint64Array.from(flat, (_, i) => wideAt(given, i, WIDE.uint64));
    default: {
      const [Values, min, max] = INTEGERS[type];
      const values = new Values(size);
      for (let i = 0; i < size; i++) {
        const value = flat[i];
        const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
        values[i] = fits ? (value as number) : refuse(given, i, `a whole number from ${min} to ${max}`);
      }
      return values;
    }
  }
}

function flatten(data: unknown): readonly unknown[] {
  if (!Array.isArray(data)) return [data];
  if (!data.some(Array.isArray)) return data;
  const flat: unknown[] = [];
  collect(data, flat, MAX_DEPTH);
  return flat;
}

/** Deeper lists stay as they are and are refused as elements: no tensor has so many dimensions. */
function collect(list: readonly unknown[], into: unknown[], depth: number): void {
  for (const item of list) {
    if (depth > 0 && Array.isArray(item)) collect(item, into, depth - 1);
    else into.push(item);
  }
}

function floats<T extends Float32Array | Float64Array>(given: Given, values: T): T {
  for (let i = 0; i < values.length; i++) values[i] = floatAt(given, i);
  return values;
}

function floatAt(given: Given, i: number): number {
  const value = given.flat[i];
  if (typeof value === 'number') return value;
  if (value === null) return Number.NaN;
  return typeof value === 'bigint' ? Number(value) : refuse(given, i, 'a number');
}

function wideAt(given: Given, i: number, [min, max]: readonly [bigint, bigint]): bigint {
  const value = given.flat[i];
  const wanted = `a whole number from ${min} to ${max}`;
  const isWhole = typeof value === 'bigint' || Number.isInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/u.test(value));
  if (!isWhole) return refuse(given, i, wanted);
  const whole = BigInt(value as number | bigint | string);
  return whole >= min && whole <= max ? whole : refuse(given, i, wanted);
}

function refuse(given: Given, i: number, wanted: string): never {
  const value = given.flat[i];
  const shown = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  throw fail.tensorInvalid({
    reason: `input '${given.name}' element ${i} must be ${wanted}, not ${shown.length > 60 ? `${shown.slice(0, 57)}…` : shown}`,
  });
}

/** A tensor's elements as JSON text, flat. NaN and infinities, which JSON cannot say, become null; whole numbers keep all their digits. */
export function toJson({ type, data }: Tensor): string {
  if (type === 'string') return JSON.stringify(data);
  const parts = new Array<string>(data.length);
  for (let i = 0; i < parts.length; i++) parts[i] = element(data[i] as number | bigint, type);
  return `[${parts.join(',')}]`;
}

function element(value: number | bigint, type: TensorType): string {
  if (typeof value === 'bigint') return String(value);
  if (type === 'bool') return value === 0 ? 'false' : 'true';
  const real = type === 'float16' ? fromFloat16(value) : type === 'bfloat16' ? fromBfloat16(value) : value;
  return Number.isFinite(real) ? String(real) : 'null';
}
