import { OIP_TYPES } from '#contract/http/inference/oip.ts';
import type { TensorData, TensorType } from '#ports/inference.ts';

const NAMES = new Map<TensorType, string>(Object.entries(OIP_TYPES).map(([oip, type]) => [type, oip]));

/** The protocol's name of an element type. */
export function oipType(type: TensorType): string {
  return NAMES.get(type) as string;
}

export type FixedArray = Exclude<TensorData, readonly string[]>;

/** The nearest IEEE 754 half-precision number, ties to even, as its 16 bits. Via the float32 that is nearest. */
export function toFloat16(value: number): number {
  SCRATCH_F[0] = value;
  const bits = SCRATCH_U[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal halves are whole multiples of 2^-24.
    const units = Math.abs(SCRATCH_F[0] as number) * 2 ** 24;
    return sign | roundToEven(units);
  }
  const shifted = (magnitude - 0x38000000) / 8192;
  return sign | Math.min(roundToEven(shifted), 0x7c00);
}

/** The number that 16 bits of IEEE 754 half precision stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of the nearest float32, ties to even. */
export function toBfloat16(value: number): number {
  SCRATCH_F[0] = value;
  const bits = SCRATCH_U[0] as number;
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export function fromBfloat16(bits: number): number {
  SCRATCH_U[0] = bits << 16;
  return SCRATCH_F[0] as number;
}

const SCRATCH_F = new Float32Array(1);
const SCRATCH_U = new Uint32Array(SCRATCH_F.buffer);

function roundToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}
