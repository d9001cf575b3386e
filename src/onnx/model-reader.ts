import { type ElementType, elementTypeName } from './element-types.ts';
import { OnnxError } from './errors.ts';
import { BYTES, readFields, readInts, readMessage, readText, type WireField } from './wire.ts';

/** An input or output. `shape`: a number, a symbolic name, or null for an unnamed dynamic size; null as a whole where the rank is open. */
export interface ModelValue {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse' | 'unknown';
  readonly elementType: ElementType;
  readonly shape: readonly (number | string | null)[] | null;
}

/** What a model file tells about itself without being run. */
export interface ModelSummary {
  readonly irVersion: number;
  readonly producer: string;
  readonly producerVersion: string;
  readonly graphName: string;
  /** Operator set versions by domain; '' is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Without initialisers, which files before IR version 4 list among the inputs. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Operator of each node in file order, with its domain where that is not ai.onnx: `ai.onnx.ml.Scaler`. */
  readonly operators: readonly string[];
  readonly initializerCount: number;
  readonly initializerBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Labels of a classifier, where a node or this program's metadata names them; else null. */
  readonly classLabels: readonly string[] | readonly number[] | null;
}

/** Class labels of a classifier or ZipMap node. */
export type ClassLabels = readonly string[] | readonly number[];

/** Metadata key under which class labels are kept as JSON. */
export const CLASSES_KEY = 'trainyard.classes';

/**
 * Reads what an ONNX file declares. Time and memory are linear in the file; weights are not decoded.
 *
 * @throws OnnxError ONNX_CORRUPT, ONNX_NO_GRAPH
 */
export function readModel(bytes: Uint8Array): ModelSummary {
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  const texts = { producer: '', producerVersion: '' };
  let irVersion = 0;
  let graph: Uint8Array | null = null;
  for (const field of readFields(bytes)) {
    if (field.field === 1) irVersion = field.int;
    else if (field.field === 2) texts.producer = readText(field);
    else if (field.field === 3) texts.producerVersion = readText(field);
    else if (field.field === 7) graph = readMessage(field);
    else if (field.field === 8) {
      const { text, int } = readPair(readMessage(field));
      define(opsets, text === 'ai.onnx' ? '' : text, int);
    } else if (field.field === 14) {
      const { text, second } = readPair(readMessage(field));
      define(metadata, text, second);
    }
  }
  if (!graph) throw new OnnxError('ONNX_NO_GRAPH', 'This is not an ONNX model: it holds no graph.');
  const parts = readGraph(graph);
  return { irVersion, ...texts, opsets, metadata, ...parts, classLabels: parts.classLabels ?? labelsFromMetadata(metadata) };
}

/** Sets a key of the file's choosing, also `__proto__`. */
function define<T>(record: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A message of a text in field 1 and a number or text in field 2. */
function readPair(message: Uint8Array): { text: string; int: number; second: string } {
  let text = '';
  let int = 0;
  let second = '';
  for (const field of readFields(message)) {
    if (field.field === 1) text = readText(field);
    else if (field.field === 2 && field.type === BYTES) second = readText(field);
    else if (field.field === 2) int = field.int;
  }
  return { text, int, second };
}

type GraphParts = Pick<
  ModelSummary,
  'graphName' | 'inputs' | 'outputs' | 'operators' | 'initializerCount' | 'initializerBytes' | 'classLabels'
>;

function readGraph(graph: Uint8Array): GraphParts {
  const inputs: ModelValue[] = [];
  const outputs: ModelValue[] = [];
  const operators: string[] = [];
  const constants = new Set<string>();
  let graphName = '';
  let initializerBytes = 0;
  let classLabels: ClassLabels | null = null;
  for (const field of readFields(graph)) {
    if (field.field === 1) {
      const node = readNode(readMessage(field));
      operators.push(node.domain === '' || node.domain === 'ai.onnx' ? node.op : `${node.domain}.${node.op}`);
      classLabels = node.classLabels ?? classLabels;
    } else if (field.field === 2) graphName = readText(field);
    else if (field.field === 5) {
      initializerBytes += readMessage(field).length;
      constants.add(readTensorName(field.bytes));
    } else if (field.field === 11) inputs.push(readValue(readMessage(field)));
    else if (field.field === 12) outputs.push(readValue(readMessage(field)));
  }
  const real = inputs.filter((input) => !constants.has(input.name));
  return { graphName, inputs: real, outputs, operators, initializerCount: constants.size, initializerBytes, classLabels };
}

/** The name of a TensorProto; its data is skipped. */
function readTensorName(tensor: Uint8Array): string {
  for (const field of readFields(tensor)) if (field.field === 8) return readText(field);
  return '';
}

/** A NodeProto without its attributes, except class labels. */
export interface ModelNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly classLabels: ClassLabels | null;
}

/** Reads a NodeProto. @throws OnnxError ONNX_CORRUPT */
export function readNode(message: Uint8Array): ModelNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let op = '';
  let domain = '';
  let classLabels: ClassLabels | null = null;
  for (const field of readFields(message)) {
    if (field.field === 1) inputs.push(readText(field));
    else if (field.field === 2) outputs.push(readText(field));
    else if (field.field === 4) op = readText(field);
    else if (field.field === 7) domain = readText(field);
    else if (field.field === 5) classLabels = readClassLabels(readMessage(field)) ?? classLabels;
  }
  return { op, domain, inputs, outputs, classLabels };
}

/** The labels that an AttributeProto holds, if that is what it is; null for an empty list. */
function readClassLabels(attribute: Uint8Array): ClassLabels | null {
  const strings: string[] = [];
  const ints: number[] = [];
  let wanted = false;
  for (const field of readFields(attribute)) {
    if (field.field === 1) {
      wanted = /^classlabels_(?:strings|int64s|ints)$/u.test(readText(field));
      if (!wanted) return null;
    } else if (wanted && field.field === 9) strings.push(readText(field));
    else if (wanted && field.field === 8) for (const value of readInts(field)) ints.push(value);
  }
  if (strings.length > 0) return strings;
  return ints.length > 0 ? ints : null;
}

function labelsFromMetadata(metadata: Record<string, string>): ClassLabels | null {
  try {
    const labels: unknown = JSON.parse(metadata[CLASSES_KEY] ?? 'null');
    if (!Array.isArray(labels) || labels.length === 0) return null;
    const type = typeof labels[0];
    return (type === 'string' || type === 'number') && labels.every((label) => typeof label === type) ? labels : null;
  } catch {
    return null;
  }
}

/** Reads a ValueInfoProto. @throws OnnxError ONNX_CORRUPT */
export function readValue(message: Uint8Array): ModelValue {
  let name = '';
  let type: Omit<ModelValue, 'name'> = { kind: 'unknown', elementType: 'unknown', shape: null };
  for (const field of readFields(message)) {
    if (field.field === 1) name = readText(field);
    else if (field.field === 2) type = readType(readMessage(field));
  }
  return { name, ...type };
}

const KINDS = new Map<number, ModelValue['kind']>([
  [1, 'tensor'],
  [4, 'sequence'],
  [5, 'map'],
  [8, 'sparse'],
  [9, 'optional'],
]);

/** A TypeProto; of sequences, maps and optionals only the kind is told. */
function readType(message: Uint8Array): Omit<ModelValue, 'name'> {
  for (const field of readFields(message)) {
    const kind = KINDS.get(field.field);
    if (!kind) continue;
    if (kind !== 'tensor' && kind !== 'sparse') return { kind, elementType: 'unknown', shape: null };
    return { kind, ...readTensorType(readMessage(field)) };
  }
  return { kind: 'unknown', elementType: 'unknown', shape: null };
}

function readTensorType(message: Uint8Array): Pick<ModelValue, 'elementType' | 'shape'> {
  let elementType: ElementType = 'unknown';
  let shape: (number | string | null)[] | null = null;
  for (const field of readFields(message)) {
    if (field.field === 1) elementType = elementTypeName(field.int);
    else if (field.field === 2) {
      shape = [];
      for (const size of readFields(readMessage(field))) if (size.field === 1) shape.push(readSize(size));
    }
  }
  return { elementType, shape };
}

function readSize(field: WireField): number | string | null {
  for (const part of readFields(readMessage(field))) {
    if (part.field === 1) return part.int >= 0 ? part.int : null;
    if (part.field === 2) return readText(part) || null;
  }
  return null;
}
