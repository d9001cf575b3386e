import type { DriftDetail, DriftMethod, DriftScore } from '#contract/http/platform/monitoring.ts';
import type { ReferenceColumn } from '#contract/model-schema.ts';

const NAMES: Readonly<Record<DriftMethod, string>> = {
  psi: 'PSI',
  jensen_shannon: 'Jensen–Shannon distance',
  hellinger: 'Hellinger distance',
  l_infinity: 'largest difference of shares',
  ks: 'KS statistic',
  chi_square: 'chi-square p-value',
};

interface Verdict {
  readonly drifted: boolean;
  readonly score: DriftScore | undefined;
  readonly method: DriftMethod;
}

/** One sentence on why a column is flagged: the number, the threshold, the rows, and where the difference lies. Null for a quiet column. */
export function sentenceOf(
  reference: ReferenceColumn,
  detail: Omit<DriftDetail, 'sentence'>,
  { drifted, score, method }: Verdict,
): string | null {
  const parts: string[] = [];
  if (drifted && score?.value != null) {
    const rows = `${count(score.n_cur)} rows against ${count(score.n_ref)}`;
    parts.push(
      `${NAMES[method]} ${number(score.value)} (threshold ${number(score.threshold)}, ${rows}): ${whereItChanged(reference, detail)}`,
    );
  }
  if (detail.missing.flagged)
    parts.push(`${percent(detail.missing.current)} of the values are missing, ${percent(detail.missing.reference)} in the reference`);
  if (parts.length === 0) return null;
  return `${reference.name}: ${parts.join('; ')}.`;
}

function whereItChanged(reference: ReferenceColumn, detail: Omit<DriftDetail, 'sentence'>): string {
  const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0) || 1;
  const [q, p] = [detail.reference.map((n) => n / total(detail.reference)), detail.current.map((n) => n / total(detail.current))];
  const gaps = q.map((share, i) => Math.abs((p[i] as number) - share));
  const at = gaps.indexOf(Math.max(...gaps));
  const change = `${percent(p[at] as number)} of them now, ${percent(q[at] as number)} in the reference`;
  if (detail.constant_in_reference && reference.kind === 'number' && (p[at] as number) < (q[at] as number)) {
    return `it is always ${number(reference.min ?? Number.NaN)} in the reference, and other values came in ${percent(1 - (p[at] as number))} of the rows`;
  }
  return `most of it lies in ${binName(reference, at)} (${change})`;
}

function binName({ kind, edges = [], categories = [] }: ReferenceColumn, at: number): string {
  if (kind === 'category') return categories[at] === undefined ? 'categories that the reference does not have' : `'${categories[at]}'`;
  if (edges.length === 0) return 'all values';
  if (at === 0) return `values below ${number(edges[0] as number)}`;
  if (at >= edges.length) return `values from ${number(edges.at(-1) as number)} on`;
  const [low, high] = [edges[at - 1] as number, edges[at] as number];
  return number(low) === number(high) ? `the value ${number(low)}` : `values from ${number(low)} to ${number(high)}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 0.1 ? '< 0.1' : Number(value.toFixed(1))} %`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
