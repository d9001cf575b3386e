/** Integer counts of one column in one window over the frozen bins of a reference. Counts of windows add. */
export interface ColumnCounts {
  /** Rows per bin of the reference column. */
  counts: number[];
  missing: number;
  /** Numbers below the smallest and above the largest value of the reference. */
  below: number;
  above: number;
  /** Categories without a bin of their own. */
  unseen: number;
  /** The most frequent of them, as far as they fit. */
  unseen_values: Record<string, number>;
}

/** What one window of one version holds: everything that drift tests need, whatever the number of rows. */
export interface WindowCounts {
  rows: number;
  errors: number;
  columns: Record<string, ColumnCounts>;
  prediction: ColumnCounts | null;
}

/** Unseen categories that a window remembers by name. */
const MAX_UNSEEN = 20;

export function emptyColumn(bins: number): ColumnCounts {
  return { counts: new Array<number>(bins).fill(0), missing: 0, below: 0, above: 0, unseen: 0, unseen_values: {} };
}

export function countUnseen(column: ColumnCounts, value: string): void {
  column.unseen++;
  const seen = column.unseen_values[value];
  if (seen !== undefined) column.unseen_values[value] = seen + 1;
  else if (Object.keys(column.unseen_values).length < MAX_UNSEEN) column.unseen_values[value.slice(0, 100)] = 1;
}

/** The sum of two windows over the same reference. */
export function addWindows(a: WindowCounts, b: WindowCounts): WindowCounts {
  const columns: Record<string, ColumnCounts> = { ...a.columns };
  for (const [name, column] of Object.entries(b.columns)) columns[name] = columns[name] ? addColumns(columns[name], column) : column;
  const prediction = a.prediction && b.prediction ? addColumns(a.prediction, b.prediction) : (a.prediction ?? b.prediction);
  return { rows: a.rows + b.rows, errors: a.errors + b.errors, columns, prediction };
}

function addColumns(a: ColumnCounts, b: ColumnCounts): ColumnCounts {
  const unseen: Record<string, number> = { ...a.unseen_values };
  for (const [value, n] of Object.entries(b.unseen_values)) {
    if (unseen[value] !== undefined || Object.keys(unseen).length < MAX_UNSEEN) unseen[value] = (unseen[value] ?? 0) + n;
  }
  return {
    counts: a.counts.map((n, i) => n + (b.counts[i] ?? 0)),
    missing: a.missing + b.missing,
    below: a.below + b.below,
    above: a.above + b.above,
    unseen: a.unseen + b.unseen,
    unseen_values: unseen,
  };
}
