import type { GraphConstant, GraphNode, GraphValue } from '#onnx/model-writer.ts';
import type { Encoder } from './encoder.ts';

/** The first part of an exported model: its inputs and the nodes up to the feature matrix named `output`. */
export interface EncoderGraph {
  readonly inputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly GraphConstant[];
  readonly output: string;
}

/**
 * Inputs as a data frame gives them: one of rank 1 per column under its name, numbers as float32 unless named here. A single
 * column is [N, 1], because clients send the whole frame to a model with one input.
 */
export interface FrameInputs {
  readonly types: Readonly<Record<string, 'int64' | 'bool'>>;
}

/**
 * Writes an encoder as operators. Only numbers: one input `float_input` [N, d]; else one input [N, 1] per column under
 * the column's name, text for categories (the form of sklearn-onnx). NaN and unseen or empty text take the learnt fill.
 *
 * @param frame takes data frames' columns instead
 */
export function encoderGraph(encoder: Encoder, frame?: FrameInputs): EncoderGraph {
  const numeric = !frame && encoder.columns.every((column) => column.kind === 'number');
  const nodes: GraphNode[] = [];
  const constants: GraphConstant[] = [];
  const inputs: GraphValue[] = [];
  let current = 'float_input';
  if (numeric) inputs.push({ name: current, type: 'float32', shape: ['N', encoder.columns.length] });
  else {
    const parts = encoder.columns.map((_, i) => columnNodes(encoder, i, { inputs, nodes, constants, frame }));
    nodes.push({ op: 'Concat', inputs: parts, outputs: ['ty.joined'], attributes: { axis: { int: 1 } } });
    current = 'ty.joined';
  }
  const fills = Array.from(encoder.sources, (source) => {
    const column = encoder.columns[source]!;
    return column.kind === 'number' ? column.fill : 0;
  });
  nodes.push({
    op: 'Imputer',
    domain: 'ai.onnx.ml',
    inputs: [current],
    outputs: ['ty.filled'],
    attributes: { imputed_value_floats: { floats: fills }, replaced_value_float: { float: Number.NaN } },
  });
  if (!encoder.scaling) return { inputs, nodes, constants, output: 'ty.filled' };
  nodes.push({
    op: 'Scaler',
    domain: 'ai.onnx.ml',
    inputs: ['ty.filled'],
    outputs: ['ty.scaled'],
    attributes: { offset: { floats: encoder.scaling.offset }, scale: { floats: encoder.scaling.factor } },
  });
  return { inputs, nodes, constants, output: 'ty.scaled' };
}

interface Parts {
  readonly inputs: GraphValue[];
  readonly nodes: GraphNode[];
  readonly constants: GraphConstant[];
  readonly frame: FrameInputs | undefined;
}

/** Adds the input of one column; returns the name of its [N, 1] tensor of numbers (float32) or text. */
function columnInput(encoder: Encoder, index: number, { inputs, nodes, constants, frame }: Parts): string {
  const { name, kind } = encoder.columns[index]!;
  const type = kind === 'number' ? (frame?.types[name] ?? 'float32') : 'string';
  const flat = frame !== undefined && encoder.columns.length > 1;
  inputs.push({ name, type, shape: flat ? ['N'] : ['N', 1] });
  let current = name;
  if (type === 'int64' || type === 'bool') {
    nodes.push({ op: 'Cast', inputs: [current], outputs: [`ty.cast.${index}`], attributes: { to: { int: 1 } } });
    current = `ty.cast.${index}`;
  }
  if (!flat) return current;
  if (index === 0) constants.push({ name: 'ty.upright', ints: [-1, 1] });
  nodes.push({ op: 'Reshape', inputs: [current, 'ty.upright'], outputs: [`ty.input.${index}`] });
  return `ty.input.${index}`;
}

/** Adds the input and nodes of one column; returns the name of its [N, k] float tensor. */
function columnNodes(encoder: Encoder, index: number, parts: Parts): string {
  const column = encoder.columns[index]!;
  const { nodes, constants } = parts;
  const name = columnInput(encoder, index, parts);
  if (column.kind === 'number') return name;
  const output = `ty.column.${index}`;
  if (column.kind === 'ordinal') {
    const ranks = column.categories.map((_, rank) => rank);
    nodes.push({
      op: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      inputs: [name],
      outputs: [output],
      attributes: {
        keys_strings: { texts: column.categories },
        values_floats: { floats: ranks },
        default_float: { float: column.fallback },
      },
    });
    return output;
  }
  const shape = `ty.shape.${index}`;
  constants.push({ name: shape, ints: [-1, column.categories.length] });
  nodes.push(
    {
      op: 'OneHotEncoder',
      domain: 'ai.onnx.ml',
      inputs: [name],
      outputs: [`ty.onehot.${index}`],
      attributes: { cats_strings: { texts: column.categories }, zeros: { int: 1 } },
    },
    { op: 'Reshape', inputs: [`ty.onehot.${index}`, shape], outputs: [output] },
  );
  return output;
}
