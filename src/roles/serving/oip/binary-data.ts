import { ELEMENT_ARRAYS, type Tensor, type TensorData, type TensorType } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import type { FixedArray } from './datatypes.ts';

const TEXT = new TextDecoder('utf-8', { fatal: true });

/**
 * Elements of a tensor from their raw form: little-endian, row-major, BOOL one byte, BYTES as a 4-byte length and the bytes of each element.
 * @throws TENSOR_INVALID where the bytes are not `size` elements
 */
export function fromBytes(bytes: Uint8Array, type: TensorType, { name, size }: { name: string; size: number }): TensorData {
  if (type === 'string') return textsFrom(bytes, name, size);
  const Values = ELEMENT_ARRAYS[type];
  const expected = size * Values.BYTES_PER_ELEMENT;
  if (bytes.length !== expected)
    throw fail.tensorInvalid({
      reason: `unexpected total byte size ${bytes.length} for input '${name}', expecting ${expected}`,
    });
  const values = new Values(size) as FixedArray;
  new Uint8Array(values.buffer).set(bytes);
  if (type === 'bool') for (let i = 0; i < size; i++) if (values[i] !== 0) values[i] = 1;
  return values;
}

function textsFrom(bytes: Uint8Array, name: string, size: number): string[] {
  const refuse = (reason: string): never => {
    throw fail.tensorInvalid({ reason: `${reason} for inference input '${name}'` });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) refuse('incomplete string length indicator');
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > bytes.length) refuse(`string of ${length} bytes runs past the end of the data`);
    try {
      texts.push(TEXT.decode(bytes.subarray(at, at + length)));
    } catch {
      refuse(`element ${texts.length} is not UTF-8 text`);
    }
    at += length;
    if (texts.length > size) break;
  }
  if (texts.length !== size) refuse(`expected ${size} string elements, got ${texts.length > size ? `more than ${size}` : texts.length}`);
  return texts;
}

/** Raw form of a tensor's elements. */
export function toBytes({ type, data }: Tensor): Uint8Array {
  if (type !== 'string') return bytesOf(data as FixedArray);
  const parts: Buffer[] = [];
  for (const value of data as readonly string[]) {
    const text = Buffer.from(value, 'utf8');
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(text.length);
    parts.push(length, text);
  }
  return Buffer.concat(parts);
}

/** The memory of a typed array, without a copy. */
function bytesOf(data: FixedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
