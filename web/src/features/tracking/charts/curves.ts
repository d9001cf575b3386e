import type { XyAxis, XyLine } from '@/components/charts/xy-chart.tsx';
import type { MetricSeries } from '@/lib/api/tracking.ts';

/**
 * Exponential moving average with the start corrected, so that the first points are not drawn to zero: Σ w^(n−i) (1−w) x_i / (1 − w^n), as
 * TensorBoard's scalars show it. Gaps stay gaps. `weight` is from 0 (none) to just below 1.
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let sum = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + (1 - weight) * value;
    seen++;
    return sum / (1 - weight ** seen);
  });
}

export interface Look {
  readonly name: string;
  readonly color: string;
  readonly isDashed?: boolean;
}

/** One metric of one run as a line; smoothed with the measured points faintly behind. */
export function curveOf(series: MetricSeries, look: Look, { axis, weight }: { readonly axis: XyAxis; readonly weight: number }): XyLine[] {
  const order =
    axis === 'step' ? [...series.steps.keys()] : [...series.times.keys()].sort((a, b) => (series.times[a] ?? 0) - (series.times[b] ?? 0));
  const start = Math.min(...series.times);
  const raw = order.map((i) =>
    axis === 'step' ? (series.steps[i] ?? 0) : ((series.times[i] ?? 0) - (axis === 'relative' ? start : 0)) / 1000,
  );
  // Several points at one place: the last one counts.
  const kept = raw.flatMap((x, i) => (raw[i + 1] === x ? [] : [i]));
  const x = kept.map((i) => raw[i] ?? 0);
  const y = kept.map((i) => series.values[order[i] ?? 0] ?? null);
  if (weight <= 0 || y.length < 3) return [{ ...look, x, y }];
  return [
    { ...look, x, y, isFaint: true },
    { ...look, x, y: smoothed(y, weight) },
  ];
}
