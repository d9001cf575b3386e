import type { z } from 'zod';
import type { ShadowPair } from '#contract/http/platform/monitoring.ts';
import type { PairFigures } from '#ports/analytics.ts';
import { mcnemar, pairedMeanTest } from '#stats/paired.ts';

type Pair = z.infer<typeof ShadowPair>;
type Gap = NonNullable<Pair['error_gap']>;

/** Level at which a difference counts as real: two models are looked at again and again, so stricter than 5 %. */
const LEVEL = 0.01;

/** Primary against shadow on the rows that both answered. */
export function pairOf(figures: PairFigures): Pair {
  const { primary_version, shadow_version, n, agree, confusion, mean_abs_difference, max_abs_difference, shadow_errors, labelled } =
    figures;
  const { primary_p50_ms, shadow_p50_ms, primary_p95_ms, shadow_p95_ms } = figures;
  const error_gap = gapOf(figures);
  const pair = {
    primary_version,
    shadow_version,
    n,
    agree,
    agreement: n === 0 ? null : agree / n,
    confusion: [...confusion],
    mean_abs_difference,
    max_abs_difference,
    latency: { primary_p50_ms, shadow_p50_ms, primary_p95_ms, shadow_p95_ms },
    shadow_errors,
    labelled,
    error_gap,
  };
  return { ...pair, sentence: sentenceOf(pair) };
}

function gapOf(figures: PairFigures): Gap | null {
  const { labelled, confusion, primary_right, shadow_right, primary_abs_error, shadow_abs_error } = figures;
  if (labelled === 0) return null;
  if (confusion.length > 0) {
    const [primary, shadow] = [primary_right / labelled, shadow_right / labelled];
    const p_value = mcnemar(...discordant(figures));
    return { metric: 'accuracy', primary, shadow, difference: shadow - primary, test: 'McNemar', p_value, significant: p_value < LEVEL };
  }
  if (primary_abs_error === null || shadow_abs_error === null) return null;
  const [primary, shadow] = [primary_abs_error / labelled, shadow_abs_error / labelled];
  const squares = figures.abs_error_difference_sq ?? null;
  const p = squares === null ? Number.NaN : pairedMeanTest(labelled, shadow_abs_error - primary_abs_error, squares);
  const known = Number.isNaN(p) ? null : p;
  return {
    metric: 'mae',
    primary,
    shadow,
    difference: shadow - primary,
    test: 'paired test on |error|',
    p_value: known,
    significant: known === null ? null : known < LEVEL,
  };
}

/** Rows that only the primary and only the shadow got right. Where the index does not tell them, the most that the figures allow: that errs towards "not significant". */
function discordant(figures: PairFigures): [number, number] {
  const { primary_only_right, shadow_only_right, primary_right, shadow_right, labelled, n, agree } = figures;
  if (primary_only_right !== undefined && shadow_only_right !== undefined) return [primary_only_right, shadow_only_right];
  const difference = primary_right - shadow_right;
  const most = Math.min(n - agree, labelled - primary_right + (labelled - shadow_right), primary_right + shadow_right);
  const lower = Math.max(0, Math.floor((most - Math.abs(difference)) / 2));
  return difference >= 0 ? [lower + difference, lower] : [lower, lower - difference];
}

function sentenceOf({ n, agree, shadow_errors, error_gap, labelled, primary_version, shadow_version }: Omit<Pair, 'sentence'>): string {
  if (n === 0)
    return shadow_errors > 0
      ? `The shadow (version ${shadow_version}) failed on all ${count(shadow_errors)} rows.`
      : 'No row was answered by both yet.';
  const agreement = `Versions ${primary_version} and ${shadow_version} agree on ${percent(agree / n)} of ${count(n)} rows`;
  const errors = shadow_errors > 0 ? `; the shadow failed on ${count(shadow_errors)}` : '';
  return `${agreement}${errors}. ${verdict(error_gap, labelled)}`;
}

function verdict(gap: Gap | null, labelled: number): string {
  if (gap === null) return 'Which one is better cannot be said before labels arrive.';
  const isBetter = gap.metric === 'accuracy' ? gap.difference > 0 : gap.difference < 0;
  const [shadow, primary] =
    gap.metric === 'accuracy' ? [percent(gap.shadow), percent(gap.primary)] : [number(gap.shadow), number(gap.primary)];
  const what = `On ${count(labelled)} labelled rows the shadow's ${gap.metric === 'accuracy' ? 'accuracy' : 'mean absolute error'} is ${shadow}, the primary's ${primary}`;
  if (gap.p_value === null) return `${what}; whether that is chance cannot be told.`;
  const p = gap.p_value < 0.001 ? 'p < 0.001' : `p = ${number(gap.p_value)}`;
  const test = `(${gap.test}, ${p}, at the ${LEVEL * 100} % level)`;
  if (gap.significant) return `${what}: the shadow is ${isBetter ? 'better' : 'worse'}, and that is hardly chance ${test}.`;
  return `${what}: the difference may well be chance ${test}.`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
