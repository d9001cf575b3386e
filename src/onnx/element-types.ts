/** TensorProto.DataType numbers of ONNX 1.16 by the names that this program uses for them. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
} as const;

/** A tensor's element type by name; numbers that ONNX adds later read as `unknown`. */
export type ElementType = keyof typeof ELEMENT_TYPES | 'unknown';

const NAMES = new Map<number, ElementType>(Object.entries(ELEMENT_TYPES).map(([name, number]) => [number, name as ElementType]));

/** The name of a TensorProto.DataType number. */
export function elementTypeName(number: number): ElementType {
  return NAMES.get(number) ?? 'unknown';
}
