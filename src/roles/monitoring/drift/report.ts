import type { DriftAnswer, DriftDetail, DriftMethod, DriftScore } from '#contract/http/platform/monitoring.ts';
import { DRIFT_METHODS } from '#contract/http/platform/monitoring.ts';
import { fail } from '../errors.ts';
import { emptyColumn, type WindowCounts } from '../fold/counts.ts';
import type { Reference } from '../reference/references.ts';
import { iso } from '../time-range.ts';
import { type ColumnDrift, columnDrift, type DriftLimits } from './score.ts';

type Report = Pick<DriftAnswer, 'columns' | 'details' | 'prediction' | 'share_drifted' | 'flagged'>;

/** Scores every column of a window, the prediction too. */
export function driftReport(
  reference: Reference,
  window: WindowCounts | null,
  options: { readonly methods: readonly DriftMethod[]; readonly limits: DriftLimits },
): Report {
  const columns: Record<string, Readonly<Record<string, DriftScore>>> = {};
  const details: Record<string, DriftDetail> = {};
  const { profile } = reference;
  for (const column of profile.columns) {
    const counts = window?.columns[column.name] ?? emptyColumn(column.counts.length);
    const { scores, detail } = columnDrift(column, counts, options);
    columns[column.name] = scores;
    details[column.name] = detail;
  }
  const prediction =
    profile.prediction === undefined
      ? null
      : columnDrift(profile.prediction, window?.prediction ?? emptyColumn(profile.prediction.counts.length), options);
  const all = Object.values(details);
  const drifted = all.filter((detail) => detail.drifted).length;
  return {
    columns,
    details,
    prediction,
    share_drifted: all.length === 0 ? 0 : drifted / all.length,
    flagged: flaggedOf(details, prediction),
  };
}

function flaggedOf(details: Readonly<Record<string, DriftDetail>>, prediction: ColumnDrift | null): DriftAnswer['flagged'] {
  const all = [...Object.entries(details), ...(prediction ? [['prediction', prediction.detail] as const] : [])];
  return all.flatMap(([column, { sentence }]) => (sentence === null ? [] : [{ column, sentence }]));
}

export function referenceInfo({ id, source, kind, profile, created_ms }: Reference): NonNullable<DriftAnswer['reference']> {
  return { id, source, kind, rows: profile.rows, created_at: iso(created_ms) };
}

/** @throws MONITORING_METHOD_UNKNOWN */
export function methodsOf(text: string): DriftMethod[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !(DRIFT_METHODS as readonly string[]).includes(name));
  if (unknown !== undefined) throw fail.methodUnknown({ method: unknown, known: DRIFT_METHODS.join(', ') });
  return names.length === 0 ? ['psi'] : (names as DriftMethod[]);
}

/** A page without a reference: nothing can be said yet. */
export const NO_REPORT: Report = { columns: {}, details: {}, prediction: null, share_drifted: 0, flagged: [] };
