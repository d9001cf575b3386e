import type { DriftDetail, DriftMethod, DriftScore } from '#contract/http/platform/monitoring.ts';
import type { ReferenceColumn } from '#contract/model-schema.ts';
import { chiSquareHomogeneity } from '#stats/chi-square.ts';
import { hellingerDistance, jensenShannonDistance, largestShareDifference } from '#stats/divergence.ts';
import { ksFromBins } from '#stats/kolmogorov-smirnov.ts';
import { populationStabilityIndex, psiNoiseLevel } from '#stats/psi.ts';
import type { ColumnCounts } from '../fold/counts.ts';
import { sentenceOf } from './sentence.ts';

export interface DriftLimits {
  /** Index above which a column has drifted (customary: 0.1 moderate, 0.25 large). */
  readonly psi: number;
  /** Distance (Jensen–Shannon, Hellinger) above which a column has drifted. */
  readonly distance: number;
  /** Rows below which nothing is said. */
  readonly minRows: number;
  /** Growth of the share of missing values that is worth a word. */
  readonly missing: number;
}

export interface ColumnDrift {
  readonly scores: Readonly<Record<string, DriftScore>>;
  readonly detail: DriftDetail;
}

interface Measured {
  readonly value: number;
  readonly threshold: number;
  readonly drifted: boolean;
  readonly error?: number;
}

/** Scores one column of a window against its reference. The first method decides whether the column counts as drifted. */
export function columnDrift(
  reference: ReferenceColumn,
  current: ColumnCounts,
  options: { readonly methods: readonly DriftMethod[]; readonly limits: DriftLimits },
): ColumnDrift {
  const { methods, limits } = options;
  const nRef = sum(reference.counts);
  const nCur = sum(current.counts);
  const scores = Object.fromEntries(
    methods.map((method) => [method, score(method, { reference: reference.counts, current: current.counts, nRef, nCur, limits })]),
  );
  const first = scores[methods[0] ?? 'psi'];
  return {
    scores,
    detail: detailOf(reference, current, { drifted: first?.drifted ?? false, score: first, method: methods[0] ?? 'psi', limits }),
  };
}

interface Sides {
  readonly reference: readonly number[];
  readonly current: readonly number[];
  readonly nRef: number;
  readonly nCur: number;
  readonly limits: DriftLimits;
}

function score(method: DriftMethod, sides: Sides): DriftScore {
  const { nRef, nCur, limits } = sides;
  const rows = { n_ref: nRef, n_cur: nCur };
  if (nRef === 0 || nCur === 0)
    return { value: null, threshold: limits.psi, drifted: false, ...rows, exactness: 'exact', state: 'no_data' };
  const { value, threshold, drifted, error } = METHODS[method](sides);
  const isEnough = nCur >= limits.minRows;
  const verdict = isEnough && drifted;
  const exactness = error === undefined ? ({ exactness: 'exact' } as const) : ({ exactness: 'binned', error } as const);
  return { value, threshold, drifted: verdict, ...rows, ...exactness, state: !isEnough ? 'insufficient_data' : verdict ? 'drifted' : 'ok' };
}

const METHODS: Readonly<Record<DriftMethod, (sides: Sides) => Measured>> = {
  psi: ({ reference, current, nRef, nCur, limits }) => {
    const used = reference.filter((n, i) => n + current[i]! > 0).length;
    const value = populationStabilityIndex(reference, current);
    return above(value, Math.max(limits.psi, psiNoiseLevel(used, nRef, nCur)));
  },
  jensen_shannon: ({ reference, current, nRef, nCur, limits }) => {
    // Near equality JS² · ln 2 ≈ PSI / 8, so that the noise of one gives the noise of the other.
    const used = reference.filter((n, i) => n + current[i]! > 0).length;
    const noise = Math.sqrt(psiNoiseLevel(used, nRef, nCur) / 8 / Math.LN2);
    return above(jensenShannonDistance(reference, current), Math.max(limits.distance, noise));
  },
  hellinger: ({ reference, current, nRef, nCur, limits }) => {
    const used = reference.filter((n, i) => n + current[i]! > 0).length;
    return above(hellingerDistance(reference, current), Math.max(limits.distance, Math.sqrt(psiNoiseLevel(used, nRef, nCur) / 8)));
  },
  l_infinity: ({ reference, current, nRef, nCur, limits }) =>
    above(largestShareDifference(reference, current), Math.max(limits.distance, ksCritical(nRef, nCur))),
  ks: ({ reference, current, nRef, nCur, limits }) => {
    const { statistic, error } = ksFromBins(reference, current);
    return { ...above(statistic, Math.max(limits.distance, ksCritical(nRef, nCur))), error };
  },
  chi_square: ({ reference, current }) => {
    const { pValue } = chiSquareHomogeneity(reference, current);
    return { value: pValue, threshold: 0.001, drifted: pValue < 0.001 };
  },
};

/** Kolmogorov's limit at 0.1 %: √(−½ ln(0.0005)) · √((n + m) / nm). */
function ksCritical(n: number, m: number): number {
  return Math.sqrt(-0.5 * Math.log(0.0005)) * Math.sqrt((n + m) / (n * m));
}

function above(value: number, threshold: number): Measured {
  return { value, threshold, drifted: value >= threshold };
}

interface Verdict {
  readonly drifted: boolean;
  readonly score: DriftScore | undefined;
  readonly method: DriftMethod;
  readonly limits: DriftLimits;
}

function detailOf(reference: ReferenceColumn, current: ColumnCounts, verdict: Verdict): DriftDetail {
  const seen = sum(current.counts);
  const rows = seen + current.missing;
  const missing = {
    reference: share(reference.missing, reference.rows),
    current: share(current.missing, rows),
    n_cur: rows,
    flagged: false,
  };
  missing.flagged =
    rows >= verdict.limits.minRows &&
    missing.current - missing.reference >
      Math.max(verdict.limits.missing, 3.3 * Math.sqrt((missing.reference * (1 - missing.reference)) / rows));
  const { edges, categories, min, max } = reference;
  const detail: Omit<DriftDetail, 'sentence'> = {
    kind: reference.kind,
    drifted: verdict.drifted,
    constant_in_reference: reference.counts.filter((n) => n > 0).length === 1,
    ...(edges ? { edges } : {}),
    ...(categories ? { categories } : {}),
    reference: reference.counts,
    current: current.counts,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    missing,
    out_of_range: { below: current.below, above: current.above, share: share(current.below + current.above, seen) },
    unseen: { count: current.unseen, share: share(current.unseen, seen), values: current.unseen_values },
  };
  return { ...detail, sentence: sentenceOf(reference, detail, verdict) };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
