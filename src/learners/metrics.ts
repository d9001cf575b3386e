import { LearnerError } from './errors.ts';
import type { Prediction, Target } from './table.ts';

/** Metrics by name, as MLflow and scikit-learn call them. */
export type Metrics = Readonly<Record<string, number>>;

/**
 * Metrics of a prediction against the truth: `regressionMetrics` or `classificationMetrics` as the target asks.
 *
 * @throws LearnerError TARGET_INVALID where kinds or lengths differ
 */
export function evaluate(target: Target, prediction: Prediction): Metrics {
  if (target.kind === 'regression' && prediction.kind === 'regression') return regressionMetrics(target.values, prediction.values);
  if (target.kind === 'classification' && prediction.kind === 'classification') {
    return classificationMetrics(target.codes, prediction, target.classes.length);
  }
  throw new LearnerError('TARGET_INVALID', `A ${prediction.kind} cannot be compared with the ${target.kind} target '${target.name}'.`);
}

/**
 * `mse`, `rmse`, `mae`, `max_error` in the target's unit (or its square) and `r2` (1 − residual / total sum of squares;
 * with a constant target 1 for a perfect prediction, else 0, as scikit-learn 1.9 does). NaN for no rows.
 */
export function regressionMetrics(actual: Float64Array, predicted: Float64Array): Metrics {
  const n = checkLengths(actual, predicted);
  let mean = 0;
  for (let i = 0; i < n; i++) mean += actual[i]! / n;
  let squares = 0;
  let absolute = 0;
  let worst = n === 0 ? Number.NaN : 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    const error = Math.abs(actual[i]! - predicted[i]!);
    squares += error * error;
    absolute += error;
    worst = Math.max(worst, error);
    spread += (actual[i]! - mean) ** 2;
  }
  const constant = squares === 0 ? 1 : 0;
  return {
    rmse: Math.sqrt(squares / n),
    mae: absolute / n,
    r2: spread > 0 ? 1 - squares / spread : n === 0 ? Number.NaN : constant,
    mse: squares / n,
    max_error: worst,
  };
}

/** Counts of actual class (row) by predicted class (column), `classes` × `classes` by rows. */
export function confusionMatrix(actual: Int32Array, predicted: Int32Array, classes: number): Int32Array {
  const n = checkLengths(actual, predicted);
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < n; i++) counts[actual[i]! * classes + predicted[i]!]!++;
  return counts;
}

/**
 * `accuracy`; `precision`, `recall`, `f1` as `_macro` and `_weighted` means over the classes that occur (an undefined one counts
 * as 0, as scikit-learn's `zero_division=0`); `log_loss` in nats with probabilities clipped at 2.2e-16; for two classes
 * `roc_auc` of the second. NaN for no rows.
 */
export function classificationMetrics(
  actual: Int32Array,
  predicted: { readonly codes: Int32Array; readonly probabilities: Float64Array },
  classes: number,
): Metrics {
  const counts = confusionMatrix(actual, predicted.codes, classes);
  let hits = 0;
  for (let k = 0; k < classes; k++) hits += counts[k * classes + k]!;
  const metrics: Record<string, number> = { accuracy: hits / actual.length, ...averagedScores(counts, classes) };
  metrics.log_loss = logLoss(actual, predicted.probabilities, classes);
  if (classes === 2) {
    const scores = Float64Array.from(actual, (_, i) => predicted.probabilities[2 * i + 1]!);
    metrics.roc_auc = rocAuc(actual, scores);
  }
  return metrics;
}

function averagedScores(counts: Int32Array, classes: number): Record<string, number> {
  const sums = { precision_macro: 0, recall_macro: 0, f1_macro: 0, precision_weighted: 0, recall_weighted: 0, f1_weighted: 0 };
  let present = 0;
  let rows = 0;
  for (let k = 0; k < classes; k++) {
    let support = 0;
    let claimed = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[k * classes + other]!;
      claimed += counts[other * classes + k]!;
    }
    if (support + claimed === 0) continue;
    const hits = counts[k * classes + k]!;
    const precision = claimed > 0 ? hits / claimed : 0;
    const recall = support > 0 ? hits / support : 0;
    const f1 = (2 * hits) / (support + claimed);
    present++;
    rows += support;
    sums.precision_macro += precision;
    sums.recall_macro += recall;
    sums.f1_macro += f1;
    sums.precision_weighted += precision * support;
    sums.recall_weighted += recall * support;
    sums.f1_weighted += f1 * support;
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / (name.endsWith('macro') ? present : rows)]));
}

/** Mean −ln of the probability given to the true class, rows × classes probabilities. */
export function logLoss(actual: Int32Array, probabilities: Float64Array, classes: number): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    let total = 0;
    for (let k = 0; k < classes; k++) total += probabilities[i * classes + k]!;
    const p = probabilities[i * classes + actual[i]!]! / total;
    sum -= Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p)));
  }
  return sum / actual.length;
}

/**
 * Area under the ROC curve: the chance that a row of class 1 scores above one of class 0, ties counting half
 * (Mann and Whitney, 1947). NaN unless both classes occur and all scores are numbers.
 */
export function rocAuc(actual: Int32Array, scores: Float64Array): number {
  const n = checkLengths(actual, scores);
  if (scores.some(Number.isNaN)) return Number.NaN;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (end < n && scores[order[end]!] === scores[order[start]!]) end++;
    for (let i = start; i < end; i++) {
      if (actual[order[i]!] !== 1) continue;
      positives++;
      rankSum += (start + end + 1) / 2;
    }
    start = Math.max(end, start + 1);
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (n - positives));
}

function checkLengths(actual: ArrayLike<number>, predicted: ArrayLike<number>): number {
  if (actual.length === predicted.length) return actual.length;
  throw new LearnerError('TARGET_INVALID', `There are ${actual.length} true values but ${predicted.length} predictions.`);
}
