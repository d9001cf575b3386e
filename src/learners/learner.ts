import type { GraphNode } from '#onnx/model-writer.ts';
import type { EncodingChoice, Features } from './preprocess/encoder.ts';
import type { Prediction, Target } from './table.ts';

/** What a learner can predict. */
export type Task = Target['kind'];

/** A parameter's value. */
export type ParamValue = number | string | boolean;

/** Effective parameters by name. */
export type Params = Readonly<Record<string, ParamValue>>;

/** One parameter of a learner, for checks, help and forms. Numbers: `min` ≤ value ≤ `max`; 'integer' also whole. */
export interface ParamSpec {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'choice' | 'boolean';
  readonly default: ParamValue;
  readonly min?: number;
  readonly max?: number;
  /** The values of a choice; a number or integer may also take one of these words. */
  readonly choices?: readonly string[];
  readonly describe: string;
}

/** What a learner is fitted on. Features hold no missing values; the target was checked. */
export interface TrainingSet {
  readonly features: Features;
  readonly target: Target;
  readonly params: Params;
  readonly seed: number;
  /** Called with never decreasing `done` ≤ `total`. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Names of the tensors that a learner's part of a graph reads and writes. */
export interface TensorNames {
  readonly features: string;
  readonly label: string;
  readonly probabilities: string;
  readonly variable: string;
}

/** A fitted learner on encoded features. */
export interface FittedModel {
  predict(features: Features): Prediction;
  /** Nodes from the feature matrix [N, d] to the label and probabilities, or the value. */
  toNodes(names: TensorNames): readonly GraphNode[];
  /** ≥ 0 per feature, in any unit. */
  readonly importance: Float64Array;
  readonly extra: Readonly<Record<string, number>>;
  /** Linear models: weights on the encoded features, outputs × d, and one intercept per output. */
  readonly linear?: { readonly weights: Float64Array; readonly intercepts: Float64Array };
}

/** An entry of the registry. */
export interface Learner {
  readonly name: string;
  readonly title: string;
  readonly tasks: readonly Task[];
  readonly params: readonly ParamSpec[];
  /** `scaling` is the default; callers may choose between 'centre' and 'standard' where it is not 'none'. */
  readonly encoding: EncodingChoice;
  /** The fit does not depend on the order of rows, beyond rounding. */
  readonly orderInvariant: boolean;
  fit(training: TrainingSet): FittedModel;
}
