import { fail } from './errors.ts';

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Given {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The range asked for, or the last `widthMs`. @throws MONITORING_RANGE_INVALID */
export function rangeOf({ from, to }: Given, nowMs: number, widthMs: number): TimeRange {
  const toMs = to ?? nowMs + 1;
  const fromMs = from ?? toMs - widthMs;
  if (fromMs >= toMs) throw fail.rangeInvalid({ from: iso(fromMs), to: iso(toMs) });
  return { fromMs, toMs };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

const WIDTHS_S = [60, 300, 900, 3600, 10_800, 21_600, 86_400] as const;

/** The narrowest round width that gives at most 60 windows. */
export function windowWidth({ fromMs, toMs }: TimeRange): number {
  const range = toMs - fromMs;
  const seconds = WIDTHS_S.find((s) => range / (s * 1000) <= 60) ?? 86_400 * Math.ceil(range / 86_400_000 / 60);
  return seconds * 1000;
}
