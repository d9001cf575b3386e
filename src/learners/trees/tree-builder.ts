import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { Features } from '../preprocess/encoder.ts';

/** Collects nodes while a tree grows. */
export class TreeBuilder {
  readonly #outputs: number;
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #values: number[] = [];

  constructor(outputs: number) {
    this.#outputs = outputs;
  }

  /** Adds a leaf with value 0 and returns its number; it may become a split later. */
  add(): number {
    for (let k = 0; k < this.#outputs; k++) this.#values.push(0);
    this.#left.push(0);
    this.#right.push(0);
    this.#threshold.push(0);
    return this.#feature.push(-1) - 1;
  }

  setValue(node: number, output: number, value: number): void {
    this.#values[node * this.#outputs + output] = value;
  }

  /** Turns a leaf into a split with two new leaves; returns the left one, the right one is the next number. */
  split(node: number, feature: number, threshold: number): number {
    const left = this.add();
    this.add();
    this.#feature[node] = feature;
    this.#threshold[node] = threshold;
    this.#left[node] = left;
    this.#right[node] = left + 1;
    return left;
  }

  build(): TreeNodes {
    return {
      feature: Int32Array.from(this.#feature),
      threshold: Float32Array.from(this.#threshold),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      values: Float32Array.from(this.#values),
    };
  }
}

/** The features row by row in one array, the layout in which walking down trees is fastest. */
export function toRowMajor({ rows, columns }: Features): Float32Array {
  const width = columns.length;
  const out = new Float32Array(rows * width);
  for (let j = 0; j < width; j++) {
    const column = columns[j]!;
    for (let i = 0, at = j; i < rows; i++, at += width) out[at] = column[i]!;
  }
  return out;
}

/** The leaf that the row at `offset` of a row-major matrix falls into. */
export function findLeaf(tree: TreeNodes, matrix: Float32Array, offset: number): number {
  const { feature, threshold, left, right } = tree;
  let node = 0;
  for (let f = feature[0]!; f >= 0; f = feature[node]!) node = matrix[offset + f]! <= threshold[node]! ? left[node]! : right[node]!;
  return node;
}

/** Depth of the deepest leaf; a lone root has depth 0. */
export function treeDepth(tree: TreeNodes): number {
  const depths = new Int32Array(tree.feature.length);
  let deepest = 0;
  for (let i = 0; i < depths.length; i++) {
    if (tree.feature[i]! < 0) continue;
    const depth = depths[i]! + 1;
    depths[tree.left[i]!] = depth;
    depths[tree.right[i]!] = depth;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
