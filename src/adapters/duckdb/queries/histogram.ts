import type { PredictionFilter } from '#ports/analytics.ts';
import type { Layouts } from '../ingest/layouts.ts';
import type { QueryContext } from './predictions.ts';
import { raw, type Sql, sql, value, where } from './sql.ts';

export interface Histogram {
  counts: number[];
  below: number;
  above: number;
  missing: number;
}

/** Counts a feature (or the prediction) into bins. Rows of models that do not have the feature do not count as missing. */
export async function histogram(
  { run, index }: QueryContext,
  filter: PredictionFilter,
  { feature, edges }: { readonly feature: string | null; readonly edges: readonly number[] },
): Promise<Histogram> {
  const empty = { counts: Array.from({ length: Math.max(0, edges.length - 1) }, () => 0), below: 0, above: 0, missing: 0 };
  const source = feature === null ? { value: raw('p.value'), only: raw("p.status = 'ok'") } : featureSource(index.layouts, filter, feature);
  if (source === undefined) return empty;
  const whens = edges.map((edge, i) => `WHEN v < ${number(edge)} THEN ${i}`).join(' ');
  const bin = raw(`CASE WHEN v IS NULL THEN -1 ${whens} ELSE ${edges.length} END`);
  const rows = await run(sql`SELECT ${bin} AS bin, count(*)::DOUBLE AS count
    FROM (SELECT ${source.value} AS v FROM predictions p WHERE ${where(filter)} AND ${source.only}) GROUP BY bin`);
  for (const row of rows) {
    const at = row.bin as number;
    const count = row.count as number;
    if (at === -1) empty.missing = count;
    else if (at === 0) empty.below = count;
    else if (at === edges.length) empty.above = count;
    else empty.counts[at - 1] = count;
  }
  return empty;
}

function number(edge: number): string {
  if (Number.isFinite(edge)) return `${edge}::DOUBLE`;
  return `'${Number.isNaN(edge) ? 'nan' : edge > 0 ? 'infinity' : '-infinity'}'::DOUBLE`;
}

/** The column that holds the feature: one for most queries, a choice by layout where versions keep it in different ones. */
function featureSource(layouts: Layouts, filter: PredictionFilter, feature: string): { value: Sql; only: Sql } | undefined {
  const columns = new Map<number, string>();
  for (const { layout, modelName, modelVersion, features } of layouts.all()) {
    const slots = features.get(feature);
    const wanted = (filter.model ?? modelName) === modelName && (filter.version ?? modelVersion) === modelVersion;
    if (slots === undefined || !wanted) continue;
    const cells = [];
    if (slots.n !== undefined) cells.push(`p.n${slots.n}`);
    if (slots.b !== undefined) cells.push(`p.b${slots.b}::DOUBLE`);
    columns.set(layout, cells.length === 0 ? 'NULL::DOUBLE' : `coalesce(${cells.join(', ')})`);
  }
  if (columns.size === 0) return undefined;
  const distinct = new Set(columns.values());
  const cases = [...columns].map(([layout, cell]) => `WHEN ${layout} THEN ${cell}`).join(' ');
  const cell = raw(distinct.size === 1 ? [...distinct][0]! : `CASE p.layout ${cases} END`);
  // Features beyond the table's width stand in `extra`.
  const spilled = sql`TRY_CAST(json_extract_string(p.extra, ${value(`/${feature.replaceAll('~', '~0').replaceAll('/', '~1')}`)}) AS DOUBLE)`;
  return {
    value: sql`coalesce(${cell}, CASE WHEN p.extra IS NOT NULL THEN ${spilled} END)`,
    only: raw(`p.layout IN (${[...columns.keys()].join(', ')})`),
  };
}
