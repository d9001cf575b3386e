import type { Attribute } from './model-writer.ts';

/**
 * One binary tree: node 0 is the root; `feature` −1 marks a leaf. A row goes to `left` where its value ≤ `threshold`
 * (both 32 bits), else to `right`. `values` holds `outputs` numbers per node; only those of leaves count.
 */
export interface TreeNodes {
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly values: Float32Array;
}

/** A tree whose leaf values are added to the outputs; with `only`, just the value at `from` is used, and added to output `to`. */
export interface EnsembleTree {
  readonly nodes: TreeNodes;
  readonly outputs: number;
  readonly only?: { readonly from: number; readonly to: number };
}

/**
 * Attributes of TreeEnsembleRegressor (`kind` 'target') or TreeEnsembleClassifier ('class'), without labels,
 * base values and post transform.
 *
 * @see ONNX operators, ai.onnx.ml version 3
 */
export function treeEnsembleAttributes(trees: readonly EnsembleTree[], kind: 'target' | 'class'): Record<string, Attribute> {
  const total = trees.reduce((sum, tree) => sum + tree.nodes.feature.length, 0);
  const leaves = trees.reduce(
    (sum, tree) => sum + tree.nodes.feature.reduce((n, f) => (f < 0 ? n + (tree.only ? 1 : tree.outputs) : n), 0),
    0,
  );
  const node = {
    treeids: new Int32Array(total),
    nodeids: new Int32Array(total),
    featureids: new Int32Array(total),
    values: new Float32Array(total),
    truenodeids: new Int32Array(total),
    falsenodeids: new Int32Array(total),
  };
  const leaf = { treeids: new Int32Array(leaves), nodeids: new Int32Array(leaves), ids: new Int32Array(leaves) };
  const weights = new Float32Array(leaves);
  const modes: string[] = new Array(total);
  let at = 0;
  let w = 0;
  for (const [treeId, { nodes, outputs, only }] of trees.entries()) {
    for (let i = 0; i < nodes.feature.length; i++, at++) {
      const isLeaf = nodes.feature[i]! < 0;
      node.treeids[at] = treeId;
      node.nodeids[at] = i;
      modes[at] = isLeaf ? 'LEAF' : 'BRANCH_LEQ';
      if (!isLeaf) {
        node.featureids[at] = nodes.feature[i]!;
        node.values[at] = nodes.threshold[i]!;
        node.truenodeids[at] = nodes.left[i]!;
        node.falsenodeids[at] = nodes.right[i]!;
        continue;
      }
      for (let k = 0; k < (only ? 1 : outputs); k++, w++) {
        leaf.treeids[w] = treeId;
        leaf.nodeids[w] = i;
        leaf.ids[w] = only?.to ?? k;
        weights[w] = nodes.values[i * outputs + (only?.from ?? k)]!;
      }
    }
  }
  const attributes: Record<string, Attribute> = { nodes_modes: { texts: modes }, nodes_values: { floats: node.values } };
  for (const key of ['treeids', 'nodeids', 'featureids', 'truenodeids', 'falsenodeids'] as const) {
    attributes[`nodes_${key}`] = { ints: node[key] };
  }
  for (const key of ['treeids', 'nodeids', 'ids'] as const) attributes[`${kind}_${key}`] = { ints: leaf[key] };
  attributes[`${kind}_weights`] = { floats: weights };
  return attributes;
}
