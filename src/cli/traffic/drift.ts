import { CliError } from '../terminal/client.ts';
import type { HeldBack, Limits, Value } from './rows.ts';

/** How far rows are moved: all numeric fields, or one. */
export interface Drift {
  readonly feature: string | null;
  /** Standard deviations that numbers are moved by; for text the chance of the rarest value. */
  readonly strength: number;
}

/** Reads `--drift`, `--drift 0.5`, `--drift MedInc` and `--drift MedInc:2`. */
export function parseDrift(given: string | boolean | undefined): Drift | null {
  if (given === undefined || given === false) return null;
  if (given === true) return { feature: null, strength: 1 };
  const at = given.lastIndexOf(':');
  const [feature, text] =
    at > 0 ? [given.slice(0, at), given.slice(at + 1)] : Number.isFinite(Number(given)) ? [null, given] : [given, '1'];
  const strength = Number(text);
  if (text.trim() !== '' && Number.isFinite(strength)) return { feature, strength };
  throw new CliError(`--drift takes a feature, a strength or FEATURE:STRENGTH, not '${given}'.`, { exitCode: 2 });
}

/** The rows moved away from what the model was trained on, within what the deployment accepts. */
export function driftRows(rows: HeldBack, drift: Drift, random: () => number): HeldBack {
  const columns = rows.names.map((name, i) => {
    if (drift.feature !== null && drift.feature !== name) return null;
    const values = rows.rows.map((row) => row[i] ?? null);
    return values.every((value) => value === null || typeof value === 'number')
      ? shiftNumbers(values, drift.strength, rows.limits[name] ?? {})
      : shiftTexts(values, drift.strength, random);
  });
  return { ...rows, rows: rows.rows.map((row, r) => row.map((value, i) => columns[i]?.[r] ?? value)) };
}

function shiftNumbers(values: readonly Value[], strength: number, limits: Limits): Value[] {
  const present = values.filter((value) => typeof value === 'number');
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length);
  const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, present.length));
  return values.map((value) => (typeof value === 'number' ? within(value + strength * deviation, value, limits) : value));
}

/** A value that would be refused stays as it was. */
function within(moved: number, before: number, limits: Limits): number {
  const allowed =
    moved >= (limits.min ?? Number.NEGATIVE_INFINITY) &&
    moved <= (limits.max ?? Number.POSITIVE_INFINITY) &&
    moved > (limits.exclusive_min ?? Number.NEGATIVE_INFINITY) &&
    moved < (limits.exclusive_max ?? Number.POSITIVE_INFINITY);
  return allowed ? moved : before;
}

function shiftTexts(values: readonly Value[], strength: number, random: () => number): Value[] {
  const counts = new Map<Value, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const rarest = [...counts].sort((a, b) => a[1] - b[1])[0]?.[0] ?? null;
  return values.map((value) => (rarest !== null && random() < Math.min(1, Math.abs(strength) / 2) ? rarest : value));
}
