import { TimeChart } from '@/components/charts/time-chart.tsx';
import type { SeriesPoint } from '@/lib/api/predictions.ts';
import { millis, percent, perSecondText } from '@/lib/format.ts';
import { orderedColor, perSecond, place } from '@/lib/series.ts';
import type { Window } from '@/lib/time-range.ts';
import type { Traffic } from './use-fleet.ts';

/** Lines beyond these would be told apart by nobody. */
const MOST = 8;

interface FleetChartsProps {
  readonly traffic: Traffic;
  readonly window: Window;
  readonly names: readonly string[];
  readonly onZoom: (window: Window) => void;
}

/** Traffic, latency and errors, one line per deployment, busiest first. */
export function FleetCharts({ traffic, window, names, onZoom }: FleetChartsProps) {
  const { buckets, points, figures } = traffic;
  const shown = [...names]
    .filter((name) => points.has(name))
    .sort((a, b) => (figures.get(b)?.count ?? 0) - (figures.get(a)?.count ?? 0))
    .slice(0, MOST);
  const lines = (values: (points: readonly SeriesPoint[]) => readonly (number | null)[]) =>
    shown.map((name) => ({ name, color: orderedColor(names.indexOf(name)), values: values(points.get(name) ?? []) }));
  const shared = { buckets, window, onZoom, height: 140 };
  return (
    <>
      <TimeChart title="Rows per second" lines={lines((p) => perSecond(buckets, p, window.toMs))} unit={perSecondText} {...shared} />
      <TimeChart title="Latency p95" lines={lines((p) => place(buckets, p, ({ p95_ms }) => p95_ms))} unit={millis} {...shared} />
      <TimeChart
        title="Errors"
        lines={lines((p) => place(buckets, p, ({ errors, count }) => (count === 0 ? null : errors / count)))}
        unit={percent}
        {...shared}
      />
    </>
  );
}
