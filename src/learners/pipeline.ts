import { type GraphValue, writeModel } from '#onnx/model-writer.ts';
import { LearnerError } from './errors.ts';
import type { FittedModel, Learner, ParamValue, TensorNames } from './learner.ts';
import { effectiveParams } from './params.ts';
import { type Encoder, type EncodingChoice, encode, fitEncoder } from './preprocess/encoder.ts';
import { encoderGraph, type FrameInputs } from './preprocess/encoder-graph.ts';
import { findLearner } from './registry.ts';
import { checkTable, checkTarget, type Prediction, type Table, type Target } from './table.ts';

/** What to fit and how. */
export interface FitOptions {
  readonly learner: string;
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** Whole number ≥ 0; same data, parameters and seed give the same model, byte for byte. Default 0. */
  readonly seed?: number;
  /** Divide numbers by their standard deviation before the learner; default by learner, without effect on trees. */
  readonly scale?: boolean;
  /** What stands in for missing numbers; default by learner. Trees also take `lowest`, which sets missing rows apart. */
  readonly impute?: EncodingChoice['missing'];
  /** Called with never decreasing `done` ≤ `total`; the last call has them equal. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Coefficients of a linear model in the units of its inputs; categories read `column=value`. */
export interface LinearCoefficients {
  /** The class that these scores belong to; null for a regression. */
  readonly label: string | number | null;
  readonly intercept: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** Preprocessing and learner together, fitted. */
export interface FittedPipeline {
  readonly learner: string;
  /** All parameters in effect, defaults included. */
  readonly params: Record<string, ParamValue>;
  /** Class labels in the order of codes and of columns of probabilities; null for a regression. */
  readonly classes: readonly string[] | readonly number[] | null;
  /** @throws LearnerError COLUMN_MISSING, TABLE_INVALID, VALUE_NOT_FINITE */
  predict(table: Table): Prediction;
  /** The whole pipeline as an ONNX model; equals `predict` within 1e-5 of max(1, |value|). */
  toOnnx(): Uint8Array;
  /**
   * The same for data frames, as `mlflow.pyfunc` feeds them: one input of rank 1 per column (float32, text, or as `types` says) and the
   * label or value as the only output, because that client can make a frame of nothing wider.
   */
  toFrameOnnx(types: FrameInputs['types']): Uint8Array;
  /** Share of each input column, summing to 1 (or all 0 where nothing was learnt). */
  readonly importance: Readonly<Record<string, number>>;
  readonly extra: Readonly<Record<string, number>>;
  /** Linear models only; else empty. */
  readonly coefficients: readonly LinearCoefficients[];
}

/**
 * Fits preprocessing and a learner.
 *
 * @throws LearnerError for unknown learners or parameters and for data that cannot be learnt from
 */
export function fitPipeline(table: Table, target: Target, options: FitOptions): FittedPipeline {
  const learner = findLearner(options.learner);
  const params = effectiveParams(learner, options.params);
  checkTask(learner, target);
  checkTable(table);
  if (table.rows === 0) throw new LearnerError('ROWS_TOO_FEW', 'The training table has no rows.');
  checkTarget(target, table.rows);
  const encoder = fitEncoder(table, target, encodingFor(learner, options));
  const model = learner.fit({
    features: encode(encoder, table),
    target,
    params,
    seed: checkSeed(options.seed ?? 0),
    onProgress: options.onProgress ?? (() => undefined),
  });
  const classes = target.kind === 'classification' ? target.classes : null;
  return {
    learner: learner.name,
    params,
    classes,
    predict(rows) {
      checkTable(rows);
      return model.predict(encode(encoder, rows));
    },
    toOnnx: () => toOnnx({ encoder, model, classes, metadata: describeFit(learner, params, target) }),
    toFrameOnnx: (types) => toOnnx({ encoder, model, classes, metadata: describeFit(learner, params, target), frame: { types } }),
    importance: importanceByColumn(encoder, model.importance),
    extra: model.extra,
    coefficients: coefficientsOf(encoder, model, classes),
  };
}

function checkTask(learner: Learner, target: Target): void {
  if (learner.tasks.includes(target.kind)) return;
  const can = learner.tasks.join(' and ');
  throw new LearnerError('TASK_UNSUPPORTED', `Learner '${learner.name}' is for ${can}, but '${target.name}' is a ${target.kind} target.`);
}

function checkSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new LearnerError('PARAMETER_INVALID', `The seed is ${seed}; allowed: a whole number from 0.`);
}

function encodingFor({ encoding }: Learner, { scale, impute }: FitOptions): EncodingChoice {
  const missing = impute ?? encoding.missing;
  if (encoding.scaling === 'none' || scale === undefined) return { ...encoding, missing };
  return { ...encoding, missing, scaling: scale ? 'standard' : 'centre' };
}

function describeFit(learner: Learner, params: Record<string, ParamValue>, target: Target): Record<string, string> {
  const classes = target.kind === 'classification' ? { 'trainyard.classes': JSON.stringify(target.classes) } : {};
  return {
    'trainyard.learner': learner.name,
    'trainyard.params': JSON.stringify(params),
    'trainyard.task': target.kind,
    'trainyard.target': target.name,
    ...classes,
  };
}

interface Export {
  readonly encoder: Encoder;
  readonly model: FittedModel;
  readonly classes: readonly string[] | readonly number[] | null;
  readonly metadata: Record<string, string>;
  readonly frame?: FrameInputs;
}

function toOnnx({ encoder, model, classes, metadata, frame }: Export): Uint8Array {
  const front = encoderGraph(encoder, frame);
  const taken = new Set(front.inputs.map((input) => input.name));
  const free = (name: string): string => (taken.has(name) ? free(`output_${name}`) : name);
  const names: TensorNames = {
    features: front.output,
    label: free('label'),
    probabilities: free('probabilities'),
    variable: free('variable'),
  };
  const outputs: GraphValue[] = classes
    ? [
        { name: names.label, type: typeof classes[0] === 'number' ? 'int64' : 'string', shape: ['N'] },
        { name: names.probabilities, type: 'float32', shape: ['N', classes.length] },
      ]
    : [{ name: names.variable, type: 'float32', shape: ['N', 1] }];
  return writeModel({
    name: 'trainyard',
    nodes: [...front.nodes, ...model.toNodes(names)],
    constants: front.constants,
    inputs: front.inputs,
    outputs: frame ? outputs.slice(0, 1) : outputs,
    metadata: { ...metadata, 'trainyard.columns': JSON.stringify(encoder.columns.map((column) => column.name)) },
  });
}

function importanceByColumn(encoder: Encoder, importance: Float64Array): Record<string, number> {
  const sums = new Float64Array(encoder.columns.length);
  for (const [j, source] of encoder.sources.entries()) sums[source]! += importance[j]!;
  const total = sums.reduce((a, b) => a + b, 0);
  return Object.fromEntries(encoder.columns.map((column, i) => [column.name, total > 0 ? sums[i]! / total : 0]));
}

function coefficientsOf(encoder: Encoder, model: FittedModel, classes: Export['classes']): LinearCoefficients[] {
  if (!model.linear) return [];
  const { weights, intercepts } = model.linear;
  const d = encoder.names.length;
  return Array.from(intercepts, (intercept, k) => {
    let constant = intercept;
    const named = encoder.names.map((name, j): [string, number] => {
      const weight = weights[k * d + j]! * (encoder.scaling?.factor[j] ?? 1);
      constant -= weight * (encoder.scaling?.offset[j] ?? 0);
      return [name, weight];
    });
    return { label: classes?.[k] ?? null, intercept: constant, weights: Object.fromEntries(named) };
  });
}
