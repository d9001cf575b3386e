import { ELEMENT_TYPES } from './element-types.ts';
import { WireWriter } from './wire.ts';

/** A node attribute; numbers are written as float or int by their key. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly floats: ArrayLike<number> }
  | { readonly ints: ArrayLike<number> }
  | { readonly texts: readonly string[] };

/** One operator of a graph. `domain` is '' for ai.onnx. */
export interface GraphNode {
  readonly op: string;
  readonly domain?: '' | 'ai.onnx.ml';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A graph input or output; text in `shape` is a symbolic size. */
export interface GraphValue {
  readonly name: string;
  readonly type: 'float32' | 'int64' | 'bool' | 'string';
  readonly shape: readonly (number | string)[];
}

/** A constant of one dimension. */
export interface GraphConstant {
  readonly name: string;
  readonly ints: readonly number[];
}

/** A graph as this program builds them. Nodes are in order of computation. */
export interface GraphModel {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly GraphConstant[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Serialises a model: IR version 8, ai.onnx 17, ai.onnx.ml 3, producer `trainyard`.
 *
 * @see onnx/onnx.proto of ONNX 1.16 for the field numbers
 */
export function writeModel(model: GraphModel): Uint8Array {
  const file = new WireWriter().int(1, 8).text(2, 'trainyard').message(7, graph(model));
  file.message(8, new WireWriter().text(1, '').int(2, 17));
  file.message(8, new WireWriter().text(1, 'ai.onnx.ml').int(2, 3));
  for (const [key, value] of Object.entries(model.metadata)) file.message(14, new WireWriter().text(1, key).text(2, value));
  return file.finish().slice();
}

function graph(model: GraphModel): WireWriter {
  const out = new WireWriter();
  for (const [i, node] of model.nodes.entries()) out.message(1, nodeMessage(node, `${node.op}_${i}`));
  out.text(2, model.name);
  for (const constant of model.constants) {
    out.message(5, new WireWriter().int(1, constant.ints.length).int(2, ELEMENT_TYPES.int64).ints(7, constant.ints).text(8, constant.name));
  }
  for (const value of model.inputs) out.message(11, valueInfo(value));
  for (const value of model.outputs) out.message(12, valueInfo(value));
  return out;
}

/** A NodeProto. */
export function nodeMessage(node: GraphNode, name: string): WireWriter {
  const out = new WireWriter();
  for (const input of node.inputs) out.text(1, input);
  for (const output of node.outputs) out.text(2, output);
  out.text(3, name).text(4, node.op);
  for (const [key, value] of Object.entries(node.attributes ?? {})) out.message(5, attribute(key, value));
  return out.text(7, node.domain ?? '');
}

function attribute(name: string, value: Attribute): WireWriter {
  const out = new WireWriter().text(1, name);
  if ('float' in value) return out.float(2, value.float).int(20, 1);
  if ('int' in value) return out.int(3, value.int).int(20, 2);
  if ('text' in value) return out.text(4, value.text).int(20, 3);
  if ('floats' in value) return out.floats(7, value.floats).int(20, 6);
  if ('ints' in value) return out.ints(8, value.ints).int(20, 7);
  return out.texts(9, value.texts).int(20, 8);
}

/** A ValueInfoProto of a tensor. */
export function valueInfo(value: GraphValue): WireWriter {
  const shape = new WireWriter();
  for (const size of value.shape) {
    shape.message(1, typeof size === 'number' ? new WireWriter().int(1, size) : new WireWriter().text(2, size));
  }
  const tensor = new WireWriter().int(1, ELEMENT_TYPES[value.type]).message(2, shape);
  return new WireWriter().text(1, value.name).message(2, new WireWriter().message(1, tensor));
}
