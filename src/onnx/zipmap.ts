import { CLASSES_KEY, type ClassLabels, type ModelNode, readModel, readNode, readValue } from './model-reader.ts';
import { valueInfo } from './model-writer.ts';
import { readFields, readMessage, readText, WireWriter } from './wire.ts';

/** An output that was a sequence of maps and now is a tensor [N, classes] under another name. */
export interface RenamedOutput {
  readonly from: string;
  readonly to: string;
  readonly classLabels: ClassLabels | null;
}

/** A model without ZipMap; `bytes` are the given ones where there was nothing to do. */
export interface ZipMapRemoval {
  readonly bytes: Uint8Array;
  readonly outputs: readonly RenamedOutput[];
}

/**
 * Drops every ZipMap whose result is only a graph output, and makes the tensor that it read the output instead: onnxruntime-node
 * cannot return a sequence of maps (microsoft/onnxruntime#8007). The class labels are kept in the file's metadata. All other
 * bytes of the file stay as they are.
 *
 * @throws OnnxError for bytes that are not a model
 */
export function removeZipMap(bytes: Uint8Array): ZipMapRemoval {
  const summary = readModel(bytes);
  if (!summary.operators.some((op) => op.endsWith('ZipMap'))) return { bytes, outputs: [] };
  const renamed: RenamedOutput[] = [];
  const out = new WireWriter();
  for (const field of readFields(bytes)) {
    if (field.field !== 7) out.raw(field.raw);
    else out.message(7, rewriteGraph(readMessage(field), renamed));
  }
  if (renamed.length === 0) return { bytes, outputs: [] };
  const labels = renamed.length === 1 ? renamed[0]!.classLabels : null;
  if (labels && !Object.hasOwn(summary.metadata, CLASSES_KEY)) {
    out.message(14, new WireWriter().text(1, CLASSES_KEY).text(2, JSON.stringify(labels)));
  }
  return { bytes: out.finish().slice(), outputs: renamed };
}

function rewriteGraph(graph: Uint8Array, renamed: RenamedOutput[]): WireWriter {
  const nodes = [...readFields(graph)].filter((field) => field.field === 1).map((field) => readNode(readMessage(field)));
  const outputs = graphOutputs(graph);
  const removable = new Map(nodes.filter((node) => isRemovable(node, nodes, outputs)).map((node) => [node.outputs[0]!, node]));
  const out = new WireWriter();
  const written = new Set(outputs.filter((name) => !removable.has(name)));
  for (const field of readFields(graph)) {
    if (field.field === 1) {
      const node = readNode(readMessage(field));
      if (!(node.op === 'ZipMap' && removable.has(node.outputs[0]!))) out.raw(field.raw);
    } else if (field.field === 12) {
      const { name } = readValue(readMessage(field));
      const node = removable.get(name);
      if (!node) {
        out.raw(field.raw);
        continue;
      }
      const tensor = node.inputs[0]!;
      renamed.push({ from: name, to: tensor, classLabels: node.classLabels });
      if (!written.has(tensor))
        out.message(12, valueInfo({ name: tensor, type: 'float32', shape: ['N', node.classLabels?.length ?? 'C'] }));
      written.add(tensor);
    } else out.raw(field.raw);
  }
  return out;
}

function graphOutputs(graph: Uint8Array): string[] {
  const names: string[] = [];
  for (const field of readFields(graph)) {
    if (field.field !== 12) continue;
    for (const part of readFields(readMessage(field))) if (part.field === 1) names.push(readText(part));
  }
  return names;
}

/** A ZipMap with one input that comes from a node, and one output that is the graph's and that no node reads. */
function isRemovable(node: ModelNode, nodes: readonly ModelNode[], outputs: readonly string[]): boolean {
  if (node.op !== 'ZipMap' || node.inputs.length !== 1 || node.outputs.length !== 1) return false;
  const [source] = node.inputs;
  const [result] = node.outputs;
  const produced = nodes.some((other) => other.outputs.includes(source!));
  return produced && outputs.includes(result!) && !nodes.some((other) => other.inputs.includes(result!));
}
