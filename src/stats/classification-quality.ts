/** One cell of a confusion matrix. */
export interface ConfusionCell {
  readonly predicted: string;
  readonly actual: string;
  readonly count: number;
}

/** Figures of one class against the rest. `support` are the rows that truly belong to it. */
export interface ClassQuality {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** Quality of a classifier. Macro: unweighted mean over classes; weighted: mean weighted by support. */
export interface ClassificationQuality {
  readonly n: number;
  readonly accuracy: number;
  readonly precision_macro: number;
  readonly recall_macro: number;
  readonly f1_macro: number;
  readonly precision_weighted: number;
  readonly recall_weighted: number;
  readonly f1_weighted: number;
  readonly classes: readonly ClassQuality[];
}

/**
 * Accuracy, precision, recall and F1 from a confusion matrix as scikit-learn 1.9 gives them with `zero_division=0`: a class that is never
 * predicted has precision 0, one that never occurs has recall 0, and both count in the macro mean. Classes are those predicted or seen.
 *
 * @param cells counts by (predicted, actual); pairs may repeat and are added
 * @returns all NaN and no classes when there are no rows
 */
export function classificationQuality(cells: readonly ConfusionCell[]): ClassificationQuality {
  const predicted = new Map<string, number>();
  const actual = new Map<string, number>();
  const right = new Map<string, number>();
  let n = 0;
  for (const cell of cells) {
    if (cell.count === 0) continue;
    n += cell.count;
    add(predicted, cell.predicted, cell.count);
    add(actual, cell.actual, cell.count);
    if (cell.predicted === cell.actual) add(right, cell.actual, cell.count);
  }
  const labels = [...new Set([...actual.keys(), ...predicted.keys()])].sort();
  const classes = labels.map((label): ClassQuality => {
    const tp = right.get(label) ?? 0;
    const support = actual.get(label) ?? 0;
    const claimed = predicted.get(label) ?? 0;
    return { label, precision: share(tp, claimed), recall: share(tp, support), f1: share(2 * tp, support + claimed), support };
  });
  const correct = [...right.values()].reduce((a, b) => a + b, 0);
  const macro = (pick: (c: ClassQuality) => number): number => classes.reduce((sum, c) => sum + pick(c), 0) / classes.length;
  const weighted = (pick: (c: ClassQuality) => number): number => classes.reduce((sum, c) => sum + pick(c) * c.support, 0) / n;
  return {
    n,
    accuracy: correct / n,
    precision_macro: macro((c) => c.precision),
    recall_macro: macro((c) => c.recall),
    f1_macro: macro((c) => c.f1),
    precision_weighted: weighted((c) => c.precision),
    recall_weighted: weighted((c) => c.recall),
    f1_weighted: weighted((c) => c.f1),
    classes,
  };
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
