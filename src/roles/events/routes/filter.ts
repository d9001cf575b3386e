import type { PredictionQuery } from '#contract/http/platform/events.ts';
import type { PredictionFilter } from '#ports/analytics.ts';
import { fail } from '../errors.ts';

/** The query as the index takes it. @throws EVENTS_RANGE_INVALID */
export function filterOf({ deployment, variant, model, version, status, label, from, to, q }: PredictionQuery): PredictionFilter {
  if (from !== undefined && to !== undefined && from >= to) throw fail.rangeInvalid({ from: iso(from), to: iso(to) });
  const all = { deployment, role: variant, model, version, status, label, fromMs: from, toMs: to, q };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== '')) as PredictionFilter;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
