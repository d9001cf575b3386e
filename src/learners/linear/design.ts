import type { Features } from '../preprocess/encoder.ts';

/**
 * A feature matrix with a last column of ones, by rows. Columns that are mostly zero (one-hot) are kept as lists and come
 * first; `order[j]` is the feature at position j.
 */
export interface Design {
  readonly rows: number;
  /** Features and the ones. */
  readonly width: number;
  readonly order: Int32Array;
  readonly sparseWidth: number;
  /** rows × (width − sparseWidth) */
  readonly dense: Float64Array;
  /** Row i has the entries from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Int32Array;
  readonly positions: Int32Array;
  readonly values: Float64Array;
}

/** Share of entries that are not zero up to which a column is kept as a list. */
export const SPARSE_SHARE = 0.3;

/** Lays out features for solvers that walk over rows. */
export function designMatrix({ rows, columns }: Features): Design {
  const filled = columns.map((column) => column.reduce((count, value) => (value === 0 ? count : count + 1), 0));
  const isSparse = filled.map((count) => count <= SPARSE_SHARE * rows);
  const sparse = [...columns.keys()].filter((j) => isSparse[j]);
  const order = Int32Array.from([...sparse, ...[...columns.keys()].filter((j) => !isSparse[j])]);
  const width = columns.length + 1;
  const denseWidth = width - sparse.length;
  const dense = new Float64Array(rows * denseWidth).fill(1);
  for (let j = sparse.length; j < columns.length; j++) {
    const column = columns[order[j]!]!;
    for (let i = 0, at = j - sparse.length; i < rows; i++, at += denseWidth) dense[at] = column[i]!;
  }
  return {
    rows,
    width,
    order,
    sparseWidth: sparse.length,
    dense,
    ...sparseEntries(
      sparse.map((j) => columns[j]!),
      rows,
    ),
  };
}

function sparseEntries(columns: readonly Float32Array[], rows: number): Pick<Design, 'starts' | 'positions' | 'values'> {
  const starts = new Int32Array(rows + 1);
  for (const column of columns) for (let i = 0; i < rows; i++) if (column[i] !== 0) starts[i + 1]!++;
  for (let i = 0; i < rows; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice();
  const positions = new Int32Array(starts[rows]!);
  const values = new Float64Array(starts[rows]!);
  for (const [j, column] of columns.entries()) {
    for (let i = 0; i < rows; i++) {
      if (column[i] === 0) continue;
      const at = next[i]!++;
      positions[at] = j;
      values[at] = column[i]!;
    }
  }
  return { starts, positions, values };
}

/** Row `row` times the weights that begin at `from`. */
export function rowDot(design: Design, row: number, { weights, from }: { readonly weights: Float64Array; readonly from: number }): number {
  const { dense, width, sparseWidth, starts, positions, values } = design;
  let sum = 0;
  const shift = from + sparseWidth;
  for (let j = shift, at = row * (width - sparseWidth); j < from + width; j++, at++) sum += weights[j]! * dense[at]!;
  if (sparseWidth > 0) for (let e = starts[row]!; e < starts[row + 1]!; e++) sum += weights[from + positions[e]!]! * values[e]!;
  return sum;
}

/** Adds `factor` × row `row` to the numbers that begin at `from`. */
export function addRow(
  design: Design,
  row: number,
  target: { readonly into: Float64Array; readonly from: number; readonly factor: number },
): void {
  const { dense, width, sparseWidth, starts, positions, values } = design;
  const { into, from, factor } = target;
  for (let j = from + sparseWidth, at = row * (width - sparseWidth); j < from + width; j++, at++) into[j]! += factor * dense[at]!;
  if (sparseWidth > 0) for (let e = starts[row]!; e < starts[row + 1]!; e++) into[from + positions[e]!]! += factor * values[e]!;
}
