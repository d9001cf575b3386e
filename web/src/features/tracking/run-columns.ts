import type { Run } from '@/lib/api/mlflow.ts';
import { byImportance } from '@/lib/metric-text.ts';

/** Names that occur in the runs, most frequent first, then as they came. */
function namesOf(runs: readonly Run[], pick: (run: Run) => readonly { readonly key: string }[]): string[] {
  const seen = new Map<string, number>();
  for (const run of runs) for (const { key } of pick(run)) seen.set(key, (seen.get(key) ?? 0) + 1);
  return [...seen].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

export const metricColumns = (runs: readonly Run[], most = 5): string[] =>
  byImportance(namesOf(runs, ({ data }) => data.metrics ?? [])).slice(0, most);

/** Parameters that differ between the runs: those that are the same everywhere explain nothing. */
export function paramColumns(runs: readonly Run[], most = 3): string[] {
  const differs = (name: string) => new Set(runs.map(({ data }) => data.params?.find(({ key }) => key === name)?.value)).size > 1;
  const names = namesOf(runs, ({ data }) => data.params ?? []);
  return (runs.length > 1 ? names.filter(differs) : names).slice(0, most);
}
