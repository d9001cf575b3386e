import type { PairFigures, PredictionFilter } from '#ports/analytics.ts';
import { and, type Row, type RunQuery, raw, type Sql, sql, timestamp, where } from './sql.ts';

/** A shadow answers after its primary, but never this much later; bounds the scan for primaries. */
const PAIR_SLACK_MS = 3_600_000;

/** Shadow `p` with its primary `m` and the label `f` of the row. Status, role, label and `q` of the filter do not apply to pairs. */
function pairsFrom(filter: PredictionFilter): Sql {
  const { role: _role, status: _status, label: _label, q: _q, ...rest } = filter;
  const near: Sql[] = [];
  if (rest.fromMs !== undefined) near.push(sql`m.time >= ${timestamp(rest.fromMs - PAIR_SLACK_MS)}`);
  if (rest.toMs !== undefined) near.push(sql`m.time < ${timestamp(rest.toMs + PAIR_SLACK_MS)}`);
  return sql`FROM predictions p JOIN predictions m ON m.prediction_id = p.paired_with LEFT JOIN feedback f ON f.prediction_id = m.prediction_id
    WHERE p.role = 'shadow' AND m.role <> 'shadow' AND ${where(rest)} AND ${and(near)}`;
}

/** The shadow's probability of the class that the primary answered; JSON pointer (RFC 6901 §3) because labels may hold anything. */
const SHADOW_PROBABILITY = `CASE WHEN p.label = m.label THEN p.score ELSE
  TRY_CAST(json_extract_string(p.probabilities, '/' || replace(replace(coalesce(m.raw_label, m.label), '~', '~0'), '/', '~1')) AS DOUBLE) END`;

const BOTH = `(p.status = 'ok' AND m.status = 'ok')`;
const CLASSES = `${BOTH} AND p.label IS NOT NULL AND m.label IS NOT NULL`;
const NUMBERS = `${BOTH} AND p.label IS NULL AND p.value IS NOT NULL AND m.label IS NULL AND m.value IS NOT NULL`;
const DIFFERENCE = `CASE WHEN ${NUMBERS} THEN abs(p.value - m.value) WHEN ${CLASSES} THEN abs(${SHADOW_PROBABILITY} - m.score) END`;

const FIGURES = raw(`
  count(*) FILTER (${BOTH})::DOUBLE AS n,
  count(*) FILTER ((${CLASSES} AND p.label = m.label) OR (${NUMBERS} AND abs(p.value - m.value) < 1e-6))::DOUBLE AS agree,
  avg(${DIFFERENCE}) AS mean_abs_difference,
  max(${DIFFERENCE}) AS max_abs_difference,
  quantile_cont(m.duration_ms, 0.5) AS primary_p50_ms, quantile_cont(p.duration_ms, 0.5) AS shadow_p50_ms,
  quantile_cont(m.duration_ms, 0.95) AS primary_p95_ms, quantile_cont(p.duration_ms, 0.95) AS shadow_p95_ms,
  count(*) FILTER (p.status = 'error')::DOUBLE AS shadow_errors,
  count(*) FILTER (${BOTH} AND f.label IS NOT NULL)::DOUBLE AS labelled,
  count(*) FILTER (${CLASSES} AND m.label = f.label)::DOUBLE AS primary_right,
  count(*) FILTER (${CLASSES} AND p.label = f.label)::DOUBLE AS shadow_right,
  count(*) FILTER (${CLASSES} AND m.label = f.label AND p.label <> f.label)::DOUBLE AS primary_only_right,
  count(*) FILTER (${CLASSES} AND m.label <> f.label AND p.label = f.label)::DOUBLE AS shadow_only_right,
  sum((abs(p.value - f.value) - abs(m.value - f.value)) ** 2) FILTER (${NUMBERS}) AS abs_error_difference_sq,
  sum(abs(m.value - f.value)) FILTER (${NUMBERS}) AS primary_abs_error,
  sum(abs(p.value - f.value)) FILTER (${NUMBERS}) AS shadow_abs_error`);

/** Primary against shadow by pair of versions. `n` counts the rows that both answered. */
export async function pairs(run: RunQuery, filter: PredictionFilter): Promise<PairFigures[]> {
  const from = pairsFrom(filter);
  const versions = raw('p.model_version AS shadow_version, m.model_version AS primary_version');
  const figures = await run(sql`SELECT ${versions}, ${FIGURES} ${from} GROUP BY ALL ORDER BY shadow_version, primary_version`);
  const confusion =
    await run(sql`SELECT ${versions}, m.label AS "primary", p.label AS shadow, count(*)::DOUBLE AS count ${from} AND ${raw(CLASSES)}
    GROUP BY ALL ORDER BY "primary", shadow`);
  return figures.map((row) => ({ ...(row as unknown as Omit<PairFigures, 'confusion'>), confusion: cellsOf(confusion, row) }));
}

function cellsOf(confusion: readonly Row[], { shadow_version, primary_version }: Row): PairFigures['confusion'] {
  const mine = confusion.filter((c) => c.shadow_version === shadow_version && c.primary_version === primary_version);
  return mine.map(({ primary, shadow, count }) => ({ primary: primary as string, shadow: shadow as string, count: count as number }));
}
