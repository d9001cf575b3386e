import type { TrainRequest } from '#contract/http/platform/training.ts';
import { balancedSplit } from '#learners/balanced-split.ts';
import { foldsKeepClasses, keepsClasses } from '#learners/cross-validation.ts';
import { type ThreeWaySplit, threeWaySplit } from '#learners/split.ts';
import { type Table, takeRows, takeTarget } from '#learners/table.ts';
import type { Prepared } from '../data/prepare.ts';

/** Up to this many rows, five folds are worth their time without being asked for. */
const ROWS_FOR_FOLDS = 2000;
/** The same for values, that is rows by columns. */
const VALUES_FOR_FOLDS = 200_000;
/** Above this, chance alone makes test rows resemble the training rows. */
const ROWS_TO_BALANCE = 2000;
/** Share of the rows by which learners are chosen between where no folds do it. */
const VALIDATION_SHARE = 0.1;
const NO_CHOICE = 'There are too few rows to choose between the learners by, so the first one is taken.';
const NO_FOLDS = 'Not cross-validated: some folds would have been fitted on rows of a single class.';

interface Division {
  readonly split: ThreeWaySplit;
  /** The training rows without outliers. */
  readonly kept: Int32Array;
  /** 0 for none. */
  readonly folds: number;
  readonly notes: readonly string[];
}

/** Where learners are to be chosen between, there are folds or validation rows to do it by: the test rows have the last word and no other. */
export function divide(prepared: Prepared, request: TrainRequest, { seed, isChoice }: { seed: number; isChoice: boolean }): Division {
  const { target, table } = prepared;
  const wanted = request.folds ?? (table.rows <= ROWS_FOR_FOLDS && table.rows * table.columns.length <= VALUES_FOR_FOLDS ? 5 : 0);
  const splitWith = (validation: number): ThreeWaySplit => {
    const shares = { validation, test: request.test_size ?? 0.2 };
    const options = { seed, stratify: target.kind === 'classification' };
    return table.rows <= ROWS_TO_BALANCE ? balancedSplit(prepared, shares, options) : threeWaySplit(target, shares, options);
  };
  const keptOf = ({ train }: ThreeWaySplit): Int32Array => withoutOutliers(takeRows(table, train), train, request.max_z);
  const split = splitWith(request.validation_size ?? 0);
  const kept = keptOf(split);
  // One row a fold at least: asked for, too many folds are told; unasked, they are left.
  const isFair = request.folds !== undefined || wanted <= kept.length;
  const folds = wanted > 1 && isFair && foldsKeepClasses(takeTarget(target, kept), wanted, seed) ? wanted : 0;
  const notes = wanted > 1 && isFair && folds === 0 ? [NO_FOLDS] : [];
  if (!isChoice || folds > 0 || split.validation.length > 0) return { split, kept, folds, notes };
  const again = splitWith(VALIDATION_SHARE);
  const keptAgain = keptOf(again);
  if (!keepsClasses(takeTarget(target, keptAgain))) return { split, kept, folds, notes: [...notes, NO_CHOICE] };
  const rows = again.validation.length;
  return {
    split: again,
    kept: keptAgain,
    folds,
    notes: notes.map((note) => `${note} The learners are compared on ${rows} validation row${rows === 1 ? '' : 's'}.`),
  };
}

/** Positions of rows in which every number is within `maxZ` standard deviations of its column's mean. */
function withoutOutliers(table: Table, rows: Int32Array, maxZ: number | undefined): Int32Array {
  if (maxZ === undefined) return rows;
  const keep = new Uint8Array(rows.length).fill(1);
  for (const column of table.columns) {
    if (column.kind !== 'number') continue;
    const present = column.values.filter((value) => !Number.isNaN(value));
    const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
    const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length);
    if (!(deviation > 0)) continue;
    for (let i = 0; i < rows.length; i++) if (Math.abs(column.values[i]! - mean) > maxZ * deviation) keep[i] = 0;
  }
  return rows.filter((_, i) => keep[i] === 1);
}
