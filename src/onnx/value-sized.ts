import { type ModelNode, readNode } from './model-reader.ts';
import { readFields, readMessage, readText } from './wire.ts';

/**
 * Operators whose outputs are as large as the *values* of some inputs say, with the places of those inputs (ONNX operators, opset 23, and
 * `com.microsoft` of ONNX Runtime). All others give no more
 * than a product of the sizes of what they get.
 */
const SIZED_BY: Readonly<Record<string, readonly number[]>> = {
  AffineGrid: [1],
  BlackmanWindow: [0],
  CenterCropPad: [1],
  Col2Im: [1],
  ConstantOfShape: [0],
  CropAndResize: [3],
  DFT: [1],
  Expand: [1],
  HammingWindow: [0],
  HannWindow: [0],
  MaxUnpool: [2],
  MelWeightMatrix: [0, 1, 2, 3, 4],
  OneHot: [1],
  Pad: [1],
  Range: [0, 1, 2],
  Resize: [2, 3],
  Tile: [1, 2],
  Upsample: [1],
};

/** They tell of sizes, not of values: what follows from them is bounded by the size of the request. */
const TELL_SIZES: ReadonlySet<string> = new Set(['Shape', 'Size']);

/**
 * Whether the values of a row may decide how much memory a run takes: one number would then be enough to take all of it. Sizes that follow from constants or
 * from the shapes of inputs are bounded by the file and the request. Bodies of scans, and functions that the file brings, count if they hold such an operator
 * at all.
 *
 * @param model a whole ModelProto
 * @throws OnnxError ONNX_CORRUPT
 */
export function isSizedByValues(model: Uint8Array): boolean {
  for (const field of readFields(model)) {
    if (field.field === 25 && holdsSized(readMessage(field), 7)) return true;
    if (field.field === 7 && isGraphSizedByValues(readMessage(field))) return true;
  }
  return false;
}

function isGraphSizedByValues(graph: Uint8Array): boolean {
  const constants = new Set<string>();
  const inputs: string[] = [];
  for (const field of readFields(graph)) {
    if (field.field === 5) constants.add(nameIn(readMessage(field), 8));
    else if (field.field === 11) inputs.push(nameIn(readMessage(field), 1));
  }
  /** Names of tensors whose values follow from values of the request. Nodes stand in the order in which they run. */
  const fromRows = new Set(inputs.filter((name) => !constants.has(name)));
  for (const field of readFields(graph)) {
    if (field.field !== 1) continue;
    const message = readMessage(field);
    const node = readNode(message);
    if (isSized(node, (place) => fromRows.has(node.inputs[place] ?? '')) || bodyHoldsSized(message)) return true;
    if (TELL_SIZES.has(node.op) || !node.inputs.some((name) => fromRows.has(name))) continue;
    for (const output of node.outputs) fromRows.add(output);
  }
  return false;
}

function isSized({ op }: ModelNode, isFromRows: (place: number) => boolean): boolean {
  return Object.hasOwn(SIZED_BY, op) && (SIZED_BY[op] as readonly number[]).some(isFromRows);
}

/** Graphs in a node's attributes: AttributeProto fields 6 (g) and 11 (graphs), below NodeProto field 5. */
function bodyHoldsSized(node: Uint8Array): boolean {
  for (const attribute of readFields(node)) {
    if (attribute.field !== 5) continue;
    for (const part of readFields(readMessage(attribute)))
      if ((part.field === 6 || part.field === 11) && holdsSized(readMessage(part), 1)) return true;
  }
  return false;
}

/** @param nodes field of the nodes: 1 in a GraphProto, 7 in a FunctionProto */
function holdsSized(message: Uint8Array, nodes: number): boolean {
  for (const field of readFields(message)) {
    if (field.field !== nodes) continue;
    const node = readMessage(field);
    if (Object.hasOwn(SIZED_BY, readNode(node).op) || bodyHoldsSized(node)) return true;
  }
  return false;
}

function nameIn(message: Uint8Array, at: number): string {
  for (const field of readFields(message)) if (field.field === at) return readText(field);
  return '';
}
