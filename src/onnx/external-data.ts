import { OnnxError } from './errors.ts';
import { readFields, readMessage, readText, type WireField, WireWriter } from './wire.ts';

/** Messages that may hold tensors, and the fields in which they do (onnx.proto of ONNX 1.16). */
const CHILDREN = {
  model: { 7: 'graph', 25: 'function' },
  function: { 7: 'node' },
  graph: { 1: 'node', 5: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph' },
} as const;

type Holder = keyof typeof CHILDREN;
type Kind = Holder | 'tensor';

/** Where the elements of a tensor stand that are not in the model file. */
interface Place {
  readonly location: string;
  readonly offset: number;
  /** Absent for the rest of the file. */
  readonly length: number | undefined;
}

/**
 * Names of the files, relative to the model's, in which exporters put large tensors.
 *
 * @throws OnnxError ONNX_CORRUPT for bytes that are not a model, and for names that lead out of the model's folder
 */
export function externalFiles(model: Uint8Array): string[] {
  const found = new Set<string>();
  for (const { location } of places('model', model)) found.add(safe(location));
  return [...found];
}

/**
 * The model with all its tensors inside; the given bytes where they are already.
 *
 * @param files contents by name, as `externalFiles` names them
 * @throws OnnxError ONNX_CORRUPT where a file is missing or too short
 */
export function withExternalData(model: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return rewritten('model', model, files)?.finish().slice() ?? model;
}

function childKind(holder: Holder, field: number): Kind | undefined {
  return (CHILDREN[holder] as Readonly<Record<number, Kind>>)[field];
}

function* places(kind: Kind, message: Uint8Array): Generator<Place> {
  if (kind === 'tensor') {
    const place = placeOf(message);
    if (place) yield place;
    return;
  }
  for (const field of readFields(message)) {
    if (isList(kind, field)) return;
    const child = childKind(kind, field.field);
    if (child) yield* places(child, readMessage(field));
  }
}

/** An attribute is one kind of value: one with numbers or texts, which may be a million, holds no tensor. */
function isList(kind: Kind, { field }: WireField): boolean {
  return kind === 'attribute' && field >= 7 && field <= 9;
}

/** Undefined where nothing in the message is elsewhere. */
function rewritten(kind: Kind, message: Uint8Array, files: ReadonlyMap<string, Uint8Array>): WireWriter | undefined {
  if (kind === 'tensor') return withElements(message, files);
  const changed = new Map<number, WireWriter>();
  let index = 0;
  for (const field of readFields(message)) {
    if (isList(kind, field)) return undefined;
    const child = childKind(kind, field.field);
    const made = child && rewritten(child, readMessage(field), files);
    if (made) changed.set(index, made);
    index++;
  }
  if (changed.size === 0) return undefined;
  const out = new WireWriter();
  index = 0;
  for (const field of readFields(message)) {
    const made = changed.get(index++);
    if (made) out.message(field.field, made);
    else out.raw(field.raw);
  }
  return out;
}

function withElements(tensor: Uint8Array, files: ReadonlyMap<string, Uint8Array>): WireWriter | undefined {
  const place = placeOf(tensor);
  if (!place) return undefined;
  const file = files.get(safe(place.location));
  if (!file) throw new OnnxError('ONNX_CORRUPT', `Its tensors are in '${place.location}', which is not there.`);
  const end = place.length === undefined ? file.length : place.offset + place.length;
  if (!(place.offset >= 0 && end >= place.offset && end <= file.length))
    throw new OnnxError('ONNX_CORRUPT', `A tensor ends at byte ${end} of '${place.location}', which has ${file.length}.`);
  const out = new WireWriter();
  for (const field of readFields(tensor)) if (![9, 13, 14].includes(field.field)) out.raw(field.raw);
  return out.bytes(9, file.subarray(place.offset, end));
}

/** The external_data entries of a TensorProto whose data_location is EXTERNAL. */
function placeOf(tensor: Uint8Array): Place | undefined {
  const entries = new Map<string, string>();
  let isExternal = false;
  for (const field of readFields(tensor)) {
    if (field.field === 14) isExternal = field.int === 1;
    if (field.field !== 13) continue;
    const [key, value] = [...readFields(readMessage(field))].map(readText);
    if (key !== undefined && value !== undefined) entries.set(key, value);
  }
  const location = entries.get('location');
  if (!isExternal || location === undefined) return undefined;
  const length = entries.get('length');
  return { location, offset: Number(entries.get('offset') ?? 0), length: length === undefined ? undefined : Number(length) };
}

function safe(location: string): string {
  const parts = location.split('/').filter((part) => part !== '.');
  if (parts.length > 0 && !/[\\\0]/u.test(location) && parts.every((part) => part !== '' && part !== '..')) return parts.join('/');
  throw new OnnxError('ONNX_CORRUPT', `Its tensors are in '${location}', which is no file beside the model.`);
}
