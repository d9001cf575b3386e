import type { DuckDBValue } from '@duckdb/node-api';
import { recordedId } from '#contract/events.ts';
import type { PredictionFilter } from '#ports/analytics.ts';
import { canonicalLabel } from '../ingest/labels.ts';

/** A piece of SQL with the values of its `?`. */
export interface Sql {
  readonly text: string;
  readonly values: readonly DuckDBValue[];
}

export type Row = Readonly<Record<string, DuckDBValue>>;

/** Runs a query; what it gives back are plain numbers, texts and booleans because the queries cast. */
export type RunQuery = (query: Sql) => Promise<Row[]>;

/** Joins the pieces and keeps the order of their values. */
export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  let text = strings[0]!;
  const values: DuckDBValue[] = [];
  parts.forEach((part, i) => {
    text += part.text + strings[i + 1]!;
    values.push(...part.values);
  });
  return { text, values };
}

export const raw = (text: string): Sql => ({ text, values: [] });
export const value = (v: DuckDBValue): Sql => ({ text: '?', values: [v] });
/** `?, ?, ?` */
export const list = (values: readonly DuckDBValue[]): Sql => ({ text: values.map(() => '?').join(', '), values });

export function and(parts: readonly Sql[]): Sql {
  if (parts.length === 0) return raw('true');
  return { text: parts.map((p) => `(${p.text})`).join(' AND '), values: parts.flatMap((p) => p.values) };
}

/** A time of ours as a constant that zone maps can use. */
export function timestamp(ms: number): Sql {
  return raw(`make_timestamp(${Math.round(ms * 1000)}::BIGINT)`);
}

/** The filter as a condition on the predictions table under the name `p`. */
export function where(filter: PredictionFilter): Sql {
  const parts: Sql[] = [];
  const equal = (column: string, wanted: string | undefined): void => {
    if (wanted !== undefined) parts.push(sql`${raw(`p.${column}`)} = ${value(wanted)}`);
  };
  equal('deployment', filter.deployment);
  equal('role', filter.role);
  equal('model_name', filter.model);
  equal('model_version', filter.version);
  equal('status', filter.status);
  equal('label', filter.label === undefined ? undefined : canonicalLabel(filter.label));
  if (filter.fromMs !== undefined) parts.push(sql`p.time >= ${timestamp(filter.fromMs)}`);
  if (filter.toMs !== undefined) parts.push(sql`p.time < ${timestamp(filter.toMs)}`);
  // Three searches, not one with OR: each can skip row groups by the smallest and largest value (ids sort by time).
  if (filter.q !== undefined) {
    const { q } = filter;
    const of = (column: string, text = q) => sql`SELECT rowid FROM predictions WHERE ${raw(column)} = ${value(text)}`;
    parts.push(sql`p.rowid IN (${of('prediction_id', recordedId(q))} UNION ALL ${of('request_id')} UNION ALL ${of('key')})`);
  }
  return and(parts);
}

/** Links a prediction `p` to its label `f`: a shadow's outcome is that of the row it shadowed. */
export const FEEDBACK_OF = 'f.prediction_id = coalesce(p.paired_with, p.prediction_id)';
