import type { Run } from '@/lib/api/mlflow.ts';

/** Names that occur in the runs, most frequent first, then as they came. */
function namesOf(runs: readonly Run[], pick: (run: Run) => readonly { readonly key: string }[]): string[] {
  const seen = new Map<string, number>();
  for (const run of runs) for (const { key } of pick(run)) seen.set(key, (seen.get(key) ?? 0) + 1);
  return [...seen].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

/** Metrics of the model's quality come before times and system figures. */
const isSecondary = (name: string): boolean => /seconds|time|system\/|_n$|rows/u.test(name);

export function metricColumns(runs: readonly Run[], most = 6): string[] {
  const names = namesOf(runs, ({ data }) => data.metrics ?? []);
  return [...names.filter((name) => !isSecondary(name)), ...names.filter(isSecondary)].slice(0, most);
}

/** Parameters that differ between the runs: those that are the same everywhere explain nothing. */
export function paramColumns(runs: readonly Run[], most = 4): string[] {
  const differs = (name: string) => new Set(runs.map(({ data }) => data.params?.find(({ key }) => key === name)?.value)).size > 1;
  const names = namesOf(runs, ({ data }) => data.params ?? []);
  return (runs.length > 1 ? names.filter(differs) : names).slice(0, most);
}
