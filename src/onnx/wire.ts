import { OnnxError } from './errors.ts';

/** Wire types of protobuf that ONNX uses. Source: Protocol Buffers documentation, "Encoding". */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const UTF8 = new TextEncoder();
const STRICT_TEXT = new TextDecoder('utf-8', { fatal: true });

/** Grows as it is written; one per message, or one for a whole file. */
export class WireWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** An unsigned or (as two's complement of 64 bits) negative integer, |value| ≤ 2^53. */
  #varint(value: number): void {
    this.#reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  /** An int32, int64, enum or bool field. */
  int(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  /** A float field, rounded to 32 bits. */
  float(field: number, value: number): this {
    this.#tag(field, FIXED32);
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, BYTES);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, UTF8.encode(value));
  }

  message(field: number, value: WireWriter): this {
    return this.bytes(field, value.finish());
  }

  /** Repeated floats, packed. */
  floats(field: number, values: ArrayLike<number>): this {
    const packed = new Uint8Array(values.length * 4);
    const view = new DataView(packed.buffer);
    for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i] as number, true);
    return this.bytes(field, packed);
  }

  /** Repeated integers, packed. */
  ints(field: number, values: ArrayLike<number>): this {
    const packed = new WireWriter();
    packed.#reserve(values.length * 10);
    const bytes = packed.#bytes;
    let at = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value >= 0 && value < 0x8000_0000) {
        let rest = value;
        for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
        bytes[at++] = rest;
      } else {
        packed.#length = at;
        packed.#varint(value);
        at = packed.#length;
      }
    }
    packed.#length = at;
    return this.message(field, packed);
  }

  /** Repeated text; few different ones may occur very often. */
  texts(field: number, values: readonly string[]): this {
    const written = new Map<string, Uint8Array>();
    for (const value of values) {
      const known = written.get(value);
      if (known) this.raw(known);
      else written.set(value, new WireWriter().text(field, value).copyTo(this));
    }
    return this;
  }

  /** Appends what was written to another writer, and returns it. */
  copyTo(other: WireWriter): Uint8Array {
    const bytes = this.finish();
    other.raw(bytes);
    return bytes;
  }

  /** Bytes that are already a valid sequence of fields. */
  raw(fields: Uint8Array): this {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#length);
    this.#length += fields.length;
    return this;
  }

  /** What was written so far; a view, valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** One field of a message. `int` holds varints (as signed 64 bit, rounded to a double), `bytes` a view into the file. */
export interface WireField {
  readonly field: number;
  readonly type: number;
  readonly int: number;
  readonly bytes: Uint8Array;
  /** The whole field with its tag, to copy it unchanged. */
  readonly raw: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * Walks the fields of one message without copying; memory does not depend on what lengths the bytes claim.
 *
 * @throws OnnxError ONNX_CORRUPT where the bytes are not protobuf
 */
export function* readFields(message: Uint8Array): Generator<WireField> {
  const cursor = { message, at: 0 };
  while (cursor.at < message.length) {
    const start = cursor.at;
    const tag = readVarint(cursor);
    const field = Math.floor(tag / 8);
    const type = tag % 8;
    if (field < 1 || field > 0x1fff_ffff) throw corrupt(`field number ${field} at byte ${start}`);
    let int = 0;
    let bytes: Uint8Array = NOTHING;
    if (type === VARINT) int = readVarint(cursor);
    else bytes = take(cursor, type === BYTES ? readVarint(cursor) : fixedLength(type, start));
    yield { field, type, int, bytes, raw: message.subarray(start, cursor.at) };
  }
}

function fixedLength(type: number, at: number): number {
  if (type === FIXED64) return 8;
  if (type === FIXED32) return 4;
  throw corrupt(`wire type ${type} at byte ${at}`);
}

function take(cursor: { message: Uint8Array; at: number }, length: number): Uint8Array {
  if (length < 0 || cursor.at + length > cursor.message.length) {
    throw corrupt(`a field of ${length} bytes at byte ${cursor.at} runs past the end`);
  }
  const bytes = cursor.message.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}

function readVarint(cursor: { message: Uint8Array; at: number }): number {
  const start = cursor.at;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.message[cursor.at++];
    if (byte === undefined) throw corrupt('it ends within a number');
    if (i === 9 && byte > 1) break;
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return i === 9 ? signed(cursor.message.subarray(start, cursor.at)) : value;
  }
  throw corrupt(`a number longer than 64 bits at byte ${start}`);
}

/** A number of ten bytes: one that is negative, in two's complement, or above 2^63. */
function signed(bytes: Uint8Array): number {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value |= BigInt(byte & 127) << BigInt(7 * i);
  return Number(BigInt.asIntN(64, value));
}

/** The packed or unpacked integers of a repeated field. */
export function readInts(field: WireField): number[] {
  if (field.type === VARINT) return [field.int];
  const cursor = { message: field.bytes, at: 0 };
  const ints: number[] = [];
  while (cursor.at < field.bytes.length) ints.push(readVarint(cursor));
  return ints;
}

/** Text of a string field. @throws OnnxError where it is not UTF-8 */
export function readText(field: WireField): string {
  if (field.type !== BYTES) throw corrupt(`field ${field.field} should hold text`);
  try {
    return STRICT_TEXT.decode(field.bytes);
  } catch {
    throw corrupt(`field ${field.field} holds text that is not UTF-8`);
  }
}

/** Bytes of a nested message. @throws OnnxError where the field is of another kind */
export function readMessage(field: WireField): Uint8Array {
  if (field.type !== BYTES) throw corrupt(`field ${field.field} should hold a message`);
  return field.bytes;
}

function corrupt(what: string): OnnxError {
  return new OnnxError('ONNX_CORRUPT', `This is not a readable ONNX file: ${what}.`);
}
