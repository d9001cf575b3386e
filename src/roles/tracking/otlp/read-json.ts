import type { FieldShape, MessageShape, ScalarKind } from '#contract/grpc/message.ts';
import { parseWithIntegers } from '#contract/otlp/exact-json.ts';

const DEEPEST = 100;
/** Objects, lists and what they hold; far more than exporters send at once. */
const MOST = 2_000_000;
/** Characters of an integer: to read more takes long, and is of no use. */
const LONGEST_NUMBER = 100;
const [QUOTE, BACKSLASH, COMMA, BRACE, BRACKET] = [34, 92, 44, 123, 91];
const HEX_IDS: ReadonlySet<string> = new Set(['trace_id', 'span_id', 'parent_span_id']);
const STATUS_CODES: Readonly<Record<string, number>> = { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 };

/**
 * Reads a message from its JSON form: protobuf's, but with hexadecimal ids (OTLP 1.x, JSON Protobuf Encoding). Fields are named as in JSON or as in protobuf;
 * unknown ones are passed over. The result is as that of reading bytes.
 *
 * @throws TypeError or SyntaxError for what is no such message
 */
export function messageOfJson(shape: MessageShape, text: string): Record<string, unknown> {
  if (isCrowded(text)) throw new TypeError('too many values');
  return message(shape, parseWithIntegers(text), 0);
}

/** Whether a JSON text holds more than `MOST` values: two characters become an object of a hundred bytes, so a small packed text could fill the memory. */
function isCrowded(text: string): boolean {
  let found = 0;
  let isText = false;
  for (let at = 0; at < text.length && found <= MOST; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isText = !isText;
    else if (isText && code === BACKSLASH) at++;
    else if (!isText && (code === COMMA || code === BRACE || code === BRACKET)) found++;
  }
  return found > MOST;
}

function message(shape: MessageShape, value: unknown, depth: number): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > DEEPEST) throw new TypeError('not a message');
  const given = value as Readonly<Record<string, unknown>>;
  const found: Record<string, unknown> = {};
  for (const field of Object.values(shape)) {
    const own = given[camelCase(field.name)] ?? given[field.name] ?? undefined;
    if (field.repeated) found[field.name] = list(own).map((each) => fieldOf(field, each, depth));
    else if (own !== undefined) found[field.name] = fieldOf(field, own, depth);
  }
  return found;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value;
}

function fieldOf({ name, kind }: FieldShape, value: unknown, depth: number): unknown {
  if (typeof kind === 'object') return message(kind, value, depth + 1);
  if (kind === 'bytes' && HEX_IDS.has(name)) return bytesOfHex(value);
  if (name === 'code' && typeof value === 'string' && Object.hasOwn(STATUS_CODES, value)) return STATUS_CODES[value];
  return SCALARS[kind](value);
}

function bytesOfHex(value: unknown): Buffer {
  if (typeof value !== 'string' || value.length % 2 !== 0 || /[^0-9a-f]/iu.test(value)) throw new TypeError('not hexadecimal');
  return Buffer.from(value, 'hex');
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
}

function integer(value: unknown): bigint {
  if (typeof value !== 'number' && typeof value !== 'string') throw new TypeError('not a number');
  if (value === '' || String(value).length > LONGEST_NUMBER) throw new TypeError('not a number');
  const whole = BigInt(value);
  if (whole >= 2n ** 64n || whole < -(2n ** 63n)) throw new TypeError('not a number of 64 bits');
  return whole;
}

function unsigned(value: unknown): bigint {
  const whole = integer(value);
  if (whole < 0n) throw new TypeError('negative');
  return whole;
}

function double(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN')) throw new TypeError('not a number');
  return number;
}

function bool(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('not true or false');
  return value;
}

const SCALARS: Readonly<Record<ScalarKind, (value: unknown) => unknown>> = {
  string: text,
  bytes: (value) => Buffer.from(text(value), 'base64'),
  bool,
  int: (value) => Number(integer(value)),
  uint: (value) => Number(unsigned(value)),
  big: (value) => BigInt.asIntN(64, integer(value)),
  ubig: unsigned,
  fixed64: unsigned,
  float: double,
  double,
};

const NAMES = new Map<string, string>();

function camelCase(name: string): string {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  const made = name.replace(/_(\w)/gu, (_, letter: string) => letter.toUpperCase());
  NAMES.set(name, made);
  return made;
}
