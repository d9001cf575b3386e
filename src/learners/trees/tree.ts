import type { FittedModel, TrainingSet } from '../learner.ts';
import { createRandom } from '../random.ts';
import { ExactGrower } from './exact-grower.ts';
import { growthLimits, treeTarget } from './growth.ts';
import { treeDepth } from './tree-builder.ts';
import { ensembleModel } from './tree-model.ts';

/** A decision tree on exact splits: squared error for regression, Gini impurity for classification. */
export function fitTree({ features, target, params, seed, onProgress }: TrainingSet): FittedModel {
  const limits = growthLimits(params, features.columns.length, target.kind);
  const grower = new ExactGrower(features, treeTarget(target), { limits, random: createRandom(seed) });
  const tree = grower.grow();
  onProgress(1, 1);
  const classes = target.kind === 'classification' ? target.classes : null;
  const outputs = classes?.length ?? 1;
  return ensembleModel({
    trees: [tree],
    outputs,
    base: new Float32Array(outputs),
    classes,
    transform: 'NONE',
    importance: grower.importance,
    extra: { depth: treeDepth(tree), leaves: tree.feature.reduce((count, f) => (f < 0 ? count + 1 : count), 0) },
  });
}
