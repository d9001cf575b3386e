import { evaluate, type Metrics } from './metrics.ts';
import { type FitOptions, fitPipeline } from './pipeline.ts';
import { kFold } from './split.ts';
import { type Table, type Target, takeRows, takeTarget } from './table.ts';

/** What to fit, on how many folds; `onProgress` counts folds. */
export interface CrossValidationOptions extends FitOptions {
  readonly folds?: number;
}

/** Metrics of each fold, and their mean and standard deviation (of the folds, divided by their number). */
export interface CrossValidation {
  readonly folds: readonly Metrics[];
  readonly mean: Metrics;
  readonly deviation: Metrics;
}

/** Whether the target has at least two classes in the rows that each fold is fitted on; a regression's always serve. @throws LearnerError as `kFold` */
export function foldsKeepClasses(target: Target, folds: number, seed = 0): boolean {
  if (target.kind === 'regression') return true;
  return kFold(target, folds, { seed, stratify: true }).every(({ train }) => keepsClasses(takeTarget(target, train)));
}

/** Whether something can be learnt from the target: at least two classes occur in it. A regression's always serves. */
export function keepsClasses(target: Target): boolean {
  return target.kind === 'regression' || new Set(target.codes).size > 1;
}

/**
 * Fits on all folds but one and evaluates on that one, for each; stratified where the target has classes. Preprocessing is
 * fitted inside, so nothing of a test fold is known in training. Default 5 folds.
 *
 * @throws LearnerError as `fitPipeline` and `kFold`
 */
export function crossValidate(table: Table, target: Target, options: CrossValidationOptions): CrossValidation {
  const { folds: count = 5, onProgress, ...fit } = options;
  const splits = kFold(target, count, { seed: options.seed ?? 0, stratify: target.kind === 'classification' });
  const folds = splits.map(({ train, test }, i) => {
    const pipeline = fitPipeline(takeRows(table, train), takeTarget(target, train), fit);
    const metrics = evaluate(takeTarget(target, test), pipeline.predict(takeRows(table, test)));
    onProgress?.(i + 1, count);
    return metrics;
  });
  const mean: Record<string, number> = {};
  const deviation: Record<string, number> = {};
  for (const name of Object.keys(folds[0]!)) {
    const values = folds.map((fold) => fold[name]!);
    const average = values.reduce((a, b) => a + b, 0) / count;
    mean[name] = average;
    deviation[name] = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / count);
  }
  return { folds, mean, deviation };
}
