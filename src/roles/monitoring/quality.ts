import type { QualityAnswer } from '#contract/http/platform/monitoring.ts';
import type { QualityCell } from '#ports/analytics.ts';
import { type ConfusionCell, classificationQuality } from '#stats/classification-quality.ts';
import { addRegressionSums, type RegressionSums, regressionQuality } from '#stats/regression-quality.ts';

export type Metrics = Record<string, number | null>;
type Task = QualityAnswer['task'];

/** Metrics of the cells taken together. @param positive the class that plain precision, recall and F1 are of; else their mean over classes */
export function metricsOf(cells: readonly QualityCell[], positive?: string): Metrics {
  const n = cells.reduce((sum, cell) => sum + cell.n, 0);
  if (n === 0) return { n };
  return taskOf(cells) === 'regression'
    ? { ...regressionMetrics(cells), n }
    : { ...classificationMetrics(confusionOf(cells), positive), n };
}

export function taskOf(cells: readonly QualityCell[]): Task {
  if (cells.some((cell) => cell.sums !== null && cell.confusion.length === 0)) return 'regression';
  return cells.length === 0 ? 'other' : 'classification';
}

function classificationMetrics(confusion: readonly ConfusionCell[], positive: string | undefined): Metrics {
  const { classes, n: _, ...averages } = classificationQuality(confusion);
  const chosen =
    positive === undefined ? undefined : (classes.find(({ label }) => label === positive) ?? { precision: 0, recall: 0, f1: 0 });
  const plain = chosen ?? { precision: averages.precision_macro, recall: averages.recall_macro, f1: averages.f1_macro };
  const { accuracy, ...means } = averages;
  return finite({ accuracy, precision: plain.precision, recall: plain.recall, f1: plain.f1, ...means });
}

function regressionMetrics(cells: readonly QualityCell[]): Metrics {
  const sums = cells.flatMap((cell): RegressionSums[] => (cell.sums ? [{ n: cell.n, ...cell.sums }] : []));
  const { n: _, ...metrics } = regressionQuality(addRegressionSums(sums));
  return finite(metrics);
}

/** Confusion of all cells together, most frequent first. */
export function confusionOf(cells: readonly QualityCell[]): ConfusionCell[] {
  const counts = new Map<string, { predicted: string; actual: string; count: number }>();
  for (const { predicted, actual, count } of cells.flatMap((cell) => cell.confusion)) {
    const key = `${predicted}\n${actual}`;
    const found = counts.get(key);
    if (found) found.count += count;
    else counts.set(key, { predicted, actual, count });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** The positive class by convention: the second of two. */
export function positiveClass(classes: readonly (string | number)[] | undefined): string | undefined {
  return classes?.length === 2 ? String(classes[1]) : undefined;
}

function finite(metrics: Readonly<Record<string, number>>): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));
}
