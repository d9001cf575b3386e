/** The double as MLflow's clients read it: protobuf has words for what JSON has no number for. */
export function wireDouble(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** Leaves out what protobuf leaves out: undefined, null and empty lists. Empty strings and zero stay, as upstream sets them explicitly. */
export function present<T extends object>(fields: T): Partial<T> {
  const kept: Record<string, unknown> = {};
  for (const key in fields) {
    const value: unknown = fields[key];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    kept[key] = value;
  }
  return kept as Partial<T>;
}
