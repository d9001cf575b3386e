import type { FieldShape, MessageShape, ScalarKind } from '#contract/grpc/message.ts';
import { fail } from './errors.ts';

/** A decoded message: fields by name; absent singular fields are absent, repeated ones are empty lists, maps empty objects. */
export type Message = { [name: string]: unknown };

const TEXT = new TextDecoder('utf-8', { fatal: true });
const MAX_DEPTH = 32;

/** What a message may hold: how deep messages lie in each other, and how many there are, as an empty one of two bytes becomes an object of a hundred. */
export interface MessageBounds {
  readonly deepest: number;
  readonly most: number;
}

const WIDE: MessageBounds = { deepest: MAX_DEPTH, most: Number.POSITIVE_INFINITY };

/** Reads a message; unknown fields are passed over. Bytes are views into the given ones. @throws GRPC_MESSAGE_INVALID */
export function decodeMessage(shape: MessageShape, bytes: Uint8Array, { deepest, most } = WIDE): Message {
  return new Reader(bytes, { deepest, left: most }).message(shape, 0);
}

interface Room {
  readonly deepest: number;
  /** Messages that may still come. */
  left: number;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #room: Room;
  #at = 0;

  constructor(bytes: Uint8Array, room: Room) {
    this.#bytes = bytes;
    this.#room = room;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(shape: MessageShape, depth: number): Message {
    if (depth > this.#room.deepest) throw corrupt('it is nested too deeply');
    if (--this.#room.left < 0) throw corrupt('it holds too many messages');
    const found: Message = {};
    for (const field of Object.values(shape)) if (field.repeated) found[field.name] = [];
    for (const field of Object.values(shape)) if (field.map) found[field.name] = Object.create(null);
    while (this.#at < this.#bytes.length) {
      const tag = this.#varint();
      const field = shape[Math.floor(tag / 8)];
      if (field) this.#field(found, field, { wire: tag % 8, depth });
      else this.#skip(tag % 8);
    }
    return found;
  }

  #field(found: Message, field: FieldShape, { wire, depth }: { wire: number; depth: number }): void {
    const { name, kind } = field;
    if (field.map) {
      const entry = this.#sub(wire).message({ 1: { name: 'key', kind: 'string' }, 2: { name: 'value', kind } }, depth + 1);
      (found[name] as Message)[String(entry['key'] ?? '')] = entry['value'] ?? {};
      return;
    }
    if (typeof kind === 'object') {
      const value = this.#sub(wire).message(kind, depth + 1);
      if (field.repeated) (found[name] as unknown[]).push(value);
      else found[name] = value;
      return;
    }
    if (field.repeated && wire === 2 && kind !== 'string' && kind !== 'bytes') {
      const packed = this.#sub(wire);
      const list = found[name] as unknown[];
      while (packed.#at < packed.#bytes.length) list.push(packed.#scalar(kind, WIRES[kind]));
      return;
    }
    const value = this.#scalar(kind, wire);
    if (field.repeated) (found[name] as unknown[]).push(value);
    else found[name] = value;
  }

  #scalar(kind: ScalarKind, wire: number): unknown {
    if (wire !== WIRES[kind]) throw corrupt(`a field of kind ${kind} has wire type ${wire}`);
    switch (kind) {
      case 'string':
        return text(this.#take(this.#varint()));
      case 'bytes':
        return this.#take(this.#varint());
      case 'bool':
        return this.#varint() !== 0;
      case 'float':
        this.#need(4);
        this.#at += 4;
        return this.#view.getFloat32(this.#at - 4, true);
      case 'double':
        this.#need(8);
        this.#at += 8;
        return this.#view.getFloat64(this.#at - 8, true);
      case 'fixed64':
        this.#need(8);
        this.#at += 8;
        return this.#view.getBigUint64(this.#at - 8, true);
      case 'uint':
        return this.#varint();
      case 'int':
        return Number(this.#big(true));
      default:
        return this.#big(kind === 'big');
    }
  }

  #sub(wire: number): Reader {
    if (wire !== 2) throw corrupt(`a nested message has wire type ${wire}`);
    return new Reader(this.#take(this.#varint()), this.#room);
  }

  #need(length: number): void {
    if (this.#at + length > this.#bytes.length) throw corrupt('it ends too early');
  }

  #take(length: number): Uint8Array {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw corrupt('it ends within a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw corrupt('a number is longer than 64 bits');
  }

  #big(signed: boolean): bigint {
    const start = this.#at;
    const value = this.#varint();
    if (value < Number.MAX_SAFE_INTEGER) return BigInt(value);
    let exact = 0n;
    for (let i = start; i < this.#at; i++) exact |= BigInt((this.#bytes[i] as number) & 127) << BigInt(7 * (i - start));
    return signed ? BigInt.asIntN(64, exact) : BigInt.asUintN(64, exact);
  }

  #skip(wire: number): void {
    if (wire === 0) this.#varint();
    else if (wire === 1) this.#take(8);
    else if (wire === 2) this.#take(this.#varint());
    else if (wire === 5) this.#take(4);
    else throw corrupt(`wire type ${wire}`);
  }
}

const WIRES: Readonly<Record<ScalarKind, number>> = {
  string: 2,
  bytes: 2,
  bool: 0,
  int: 0,
  uint: 0,
  big: 0,
  ubig: 0,
  fixed64: 1,
  float: 5,
  double: 1,
};

function text(bytes: Uint8Array): string {
  try {
    return TEXT.decode(bytes);
  } catch {
    throw corrupt('a text is not UTF-8');
  }
}

function corrupt(what: string): Error {
  return fail.messageInvalid({ reason: what });
}

/** Writes a message; absent and undefined fields are left out, whatever the shape does not name too. */
export function encodeMessage(shape: MessageShape, message: Readonly<Message>): Uint8Array {
  const writer = new Writer();
  writer.message(shape, message);
  return writer.finish();
}

class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  message(shape: MessageShape, message: Readonly<Message>): void {
    for (const [number, field] of Object.entries(shape)) {
      const value = message[field.name];
      if (value !== undefined && value !== null) this.#field(Number(number), field, value);
    }
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #field(number: number, { kind, repeated, map }: FieldShape, value: unknown): void {
    if (map) {
      const entry: MessageShape = { 1: { name: 'key', kind: 'string' }, 2: { name: 'value', kind } };
      for (const [key, item] of Object.entries(value as Message)) this.#nested(number, entry, { key, value: item });
    } else if (typeof kind === 'object') {
      for (const item of (repeated ? value : [value]) as Message[]) this.#nested(number, kind, item);
    } else if (!repeated || kind === 'string' || kind === 'bytes') {
      for (const item of (repeated ? value : [value]) as unknown[]) {
        this.#varint(number * 8 + WIRES[kind]);
        this.#scalar(kind, item);
      }
    } else this.#packed(number, kind, value as ArrayLike<unknown>);
  }

  #nested(number: number, shape: MessageShape, message: Readonly<Message>): void {
    this.#block(number, encodeMessage(shape, message));
  }

  #packed(number: number, kind: ScalarKind, values: ArrayLike<unknown>): void {
    if (values.length === 0) return;
    const packed = new Writer();
    for (let i = 0; i < values.length; i++) packed.#scalar(kind, values[i]);
    this.#block(number, packed.finish());
  }

  #block(number: number, bytes: Uint8Array): void {
    this.#varint(number * 8 + 2);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #scalar(kind: ScalarKind, value: unknown): void {
    if (kind === 'string') this.#raw(Buffer.from(String(value)));
    else if (kind === 'bytes') this.#raw(value as Uint8Array);
    else if (kind === 'bool') this.#varint(value ? 1 : 0);
    else if (kind === 'float') {
      this.#reserve(4);
      this.#length = this.#bytes.writeFloatLE(value as number, this.#length);
    } else if (kind === 'double') {
      this.#reserve(8);
      this.#length = this.#bytes.writeDoubleLE(value as number, this.#length);
    } else if (kind === 'fixed64') {
      this.#reserve(8);
      this.#length = this.#bytes.writeBigUInt64LE(value as bigint, this.#length);
    } else this.#integer(value as number | bigint);
  }

  #integer(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      this.#varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    this.#reserve(10);
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
    this.#bytes[this.#length++] = Number(rest);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#length + extra, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
