import { ELEMENT_TYPES } from './element-types.ts';
import type { ModelSummary, ModelValue } from './model-reader.ts';
import { nodeMessage } from './model-writer.ts';
import { readFields, readMessage, readText, WireWriter } from './wire.ts';

/** A graph input or output that now has another name and type float32. */
export interface CastTensor {
  readonly from: string;
  readonly to: string;
}

/** A model whose graph takes and gives no bfloat16; `bytes` are the given ones where there was nothing to do. */
export interface Bfloat16Casts {
  readonly bytes: Uint8Array;
  readonly inputs: readonly CastTensor[];
  readonly outputs: readonly CastTensor[];
}

/**
 * Puts a Cast before every graph input of type bfloat16 and behind every such output, and makes float32 of them under other names: onnxruntime-node can be
 * given no bfloat16. float32 holds all of its values, so nothing changes by it. Graphs within nodes stay as they are.
 *
 * @param summary what `readModel` tells of the bytes
 * @throws OnnxError for bytes that are not a model
 */
export function castBfloat16(bytes: Uint8Array, summary: Pick<ModelSummary, 'inputs' | 'outputs'>): Bfloat16Casts {
  const inputs = castsOf(summary.inputs, 'in');
  const outputs = castsOf(summary.outputs, 'out');
  if (inputs.length + outputs.length === 0) return { bytes, inputs, outputs };
  const out = new WireWriter();
  for (const field of readFields(bytes)) {
    if (field.field !== 7) out.raw(field.raw);
    else out.message(7, rewriteGraph(readMessage(field), inputs, outputs));
  }
  return { bytes: out.finish().slice(), inputs, outputs };
}

function castsOf(values: readonly ModelValue[], side: 'in' | 'out'): CastTensor[] {
  const casts = values.filter(({ kind, elementType }) => kind === 'tensor' && elementType === 'bfloat16');
  return casts.map(({ name }) => ({ from: name, to: `${name}:float32 ${side}` }));
}

/** Field numbers of GraphProto (onnx.proto). */
const NODE = 1;
const INPUT = 11;
const OUTPUT = 12;

function rewriteGraph(graph: Uint8Array, inputs: readonly CastTensor[], outputs: readonly CastTensor[]): WireWriter {
  const out = new WireWriter();
  // Nodes stand in order of computation.
  for (const { from, to } of inputs) out.message(NODE, cast(to, from, ELEMENT_TYPES.bfloat16));
  for (const field of readFields(graph)) {
    const casts = field.field === INPUT ? inputs : field.field === OUTPUT ? outputs : [];
    const found = casts.find(({ from }) => from === nameOf(readMessage(field)));
    if (found) out.message(field.field, asFloat32(readMessage(field), found.to));
    else out.raw(field.raw);
  }
  for (const { from, to } of outputs) out.message(NODE, cast(from, to, ELEMENT_TYPES.float32));
  return out;
}

function cast(input: string, output: string, to: number): WireWriter {
  return nodeMessage({ op: 'Cast', inputs: [input], outputs: [output], attributes: { to: { int: to } } }, `cast of ${output}`);
}

/** Of a ValueInfoProto. */
function nameOf(value: Uint8Array): string {
  for (const field of readFields(value)) if (field.field === 1) return readText(field);
  return '';
}

type Write = (out: WireWriter, old: Uint8Array) => unknown;

/** A copy of a message in which some fields are written anew, by number. */
function changed(message: Uint8Array, fields: Readonly<Record<number, Write>>): WireWriter {
  const out = new WireWriter();
  for (const field of readFields(message)) {
    const write = fields[field.field];
    if (write) write(out, field.bytes);
    else out.raw(field.raw);
  }
  return out;
}

/** A ValueInfoProto under another name and with elements of type float32; its shape and all else stay. */
function asFloat32(value: Uint8Array, name: string): WireWriter {
  const tensor: Write = (out, old) => out.message(1, changed(old, { 1: (inner) => inner.int(1, ELEMENT_TYPES.float32) }));
  return changed(value, { 1: (out) => out.text(1, name), 2: (out, type) => out.message(2, changed(type, { 1: tensor })) });
}
