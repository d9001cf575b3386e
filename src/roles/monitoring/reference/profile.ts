import { createHash } from 'node:crypto';
import type { FeatureValue } from '#contract/events.ts';
import type { ReferenceColumn, ReferenceProfile } from '#contract/model-schema.ts';
import { profileCategories, profileNumbers } from '#stats/profile.ts';
import type { ReferenceKind, StoredReference } from '../store.ts';

/** A row as references are built from. */
export interface SampleRow {
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly prediction?: number | string | null;
}

/** Profiles rows: a column is numeric where every value that is there is a number. */
export function profileRows(source: string, rows: readonly SampleRow[]): ReferenceProfile {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.features)))];
  const columns = names.map((name) =>
    profileValues(
      name,
      rows.map((row) => row.features[name] ?? null),
    ),
  );
  const predictions = rows.map((row) => row.prediction ?? null).filter((value) => value !== null);
  const prediction = predictions.length === 0 ? undefined : profileValues('prediction', predictions);
  return { version: 1, source, rows: rows.length, columns, ...(prediction === undefined ? {} : { prediction }) };
}

export function profileValues(name: string, values: readonly FeatureValue[]): ReferenceColumn {
  const isNumeric = values.some((v) => typeof v === 'number') && values.every((v) => v === null || typeof v === 'number');
  if (isNumeric) return profileNumbers(name, values as readonly (number | null)[]);
  return profileCategories(
    name,
    values.map((v) => (v === null ? null : String(v))),
  );
}

/** A reference is named by what it holds: two versions trained on the same rows share their windows. */
export function referenceOf(profile: ReferenceProfile, kind: ReferenceKind, nowMs: number): StoredReference {
  const { columns, prediction } = profile;
  const id = createHash('sha256').update(JSON.stringify({ columns, prediction })).digest('hex').slice(0, 16);
  return { id, source: profile.source, kind, created_ms: nowMs, profile };
}
