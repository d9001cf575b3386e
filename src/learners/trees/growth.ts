import type { Params } from '../learner.ts';
import type { Target } from '../table.ts';

/** Limits on how a tree grows; meanings as in scikit-learn. */
export interface GrowthLimits {
  readonly maxDepth: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  /** How many features are tried at each split; at least one that can split is always tried. */
  readonly maxFeatures: number;
}

/** Reads the limits from checked parameters; `auto` features are all for regression, √d for classification, as in scikit-learn. */
export function growthLimits(params: Params, featureCount: number, task: Target['kind']): GrowthLimits {
  const depth = params.max_depth;
  const given = params.max_features;
  const wanted = given === 'auto' && task === 'classification' ? 'sqrt' : given;
  let maxFeatures = featureCount;
  if (wanted === 'sqrt') maxFeatures = Math.floor(Math.sqrt(featureCount));
  else if (wanted === 'log2') maxFeatures = Math.floor(Math.log2(featureCount));
  else if (typeof wanted === 'number') maxFeatures = wanted <= 1 ? Math.floor(wanted * featureCount) : Math.min(wanted, featureCount);
  return {
    maxDepth: typeof depth === 'number' ? depth : Number.POSITIVE_INFINITY,
    minSamplesSplit: params.min_samples_split as number,
    minSamplesLeaf: params.min_samples_leaf as number,
    maxFeatures: Math.max(1, Math.floor(maxFeatures)),
  };
}

/** The target as trees use it: centred numbers, or class codes. */
export type TreeTarget =
  | { readonly kind: 'numbers'; readonly classes: 0; readonly values: Float64Array; readonly centre: number }
  | { readonly kind: 'classes'; readonly classes: number; readonly codes: Int32Array };

/** Centres numbers, so that sums of squares keep their digits. */
export function treeTarget(target: Target): TreeTarget {
  if (target.kind === 'classification') return { kind: 'classes', classes: target.classes.length, codes: target.codes };
  let centre = 0;
  for (let i = 0; i < target.values.length; i++) centre += target.values[i]! / target.values.length;
  return { kind: 'numbers', classes: 0, values: target.values.map((value) => value - centre), centre };
}
