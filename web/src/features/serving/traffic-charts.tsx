import type { Marker } from '@/components/charts/chart-options.ts';
import { TimeChart } from '@/components/charts/time-chart.tsx';
import type { Change } from '@/lib/api/deployments.ts';
import type { Series, SeriesPoint } from '@/lib/api/predictions.ts';
import { millis, percent, perSecondText, significant } from '@/lib/format.ts';
import { type Buckets, bucketsOf, byGroup, type Line, perSecond, place } from '@/lib/series.ts';
import type { Window } from '@/lib/time-range.ts';
import css from './traffic-charts.module.css';

interface TrafficChartsProps {
  /** By role. */
  readonly series: Series;
  readonly window: Window;
  readonly changes: readonly Change[];
  readonly onZoom: (window: Window) => void;
}

const ROLES = ['primary', 'shadow', 'canary'] as const;
const DASH = { primary: undefined, shadow: [5, 4], canary: [2, 2] } as const;

/** Rate, latency, errors, batches and waiting of a deployment, by the role of the variant. */
export function TrafficCharts({ series, window, changes, onZoom }: TrafficChartsProps) {
  const buckets = bucketsOf(window, series.bucketMs);
  const groups = byGroup(series.points);
  const shared = { buckets, window, onZoom, markers: changes.flatMap(markerOf), height: 132 };
  const roles = ROLES.filter((role) => groups.has(role));
  const lines = (values: (points: readonly SeriesPoint[]) => readonly (number | null)[]): Line[] =>
    roles.map((role) => {
      const dash = DASH[role];
      return { name: role, color: `var(--role-${role})`, values: values(groups.get(role) ?? []), ...(dash ? { dash } : {}) };
    });
  return (
    <div className={css.charts}>
      <TimeChart title="Rate" lines={lines((points) => perSecond(buckets, points, window.toMs))} unit={perSecondText} {...shared} />
      <TimeChart title="Latency" lines={latency(groups, buckets)} unit={millis} {...shared} />
      <TimeChart
        title="Errors"
        lines={lines((points) => place(buckets, points, ({ errors, count }) => (count === 0 ? null : errors / count)))}
        unit={percent}
        {...shared}
      />
      <TimeChart
        title="Rows per batch"
        lines={lines((points) => place(buckets, points, (point) => point.mean_batch))}
        unit={rowsText}
        {...shared}
      />
      <TimeChart
        title="Wait in the queue"
        lines={lines((points) => place(buckets, points, (point) => point.mean_queue_ms))}
        unit={millis}
        {...shared}
      />
    </div>
  );
}

const rowsText = (rows: number): string => significant(rows);

function latency(groups: Map<string, SeriesPoint[]>, buckets: Buckets): Line[] {
  const of = (role: (typeof ROLES)[number], pick: (point: SeriesPoint) => number | null) => place(buckets, groups.get(role) ?? [], pick);
  const lines: Line[] = [];
  if (groups.has('primary')) {
    lines.push({ name: 'p50', color: 'var(--role-primary-faint)', values: of('primary', ({ p50_ms }) => p50_ms) });
    lines.push({ name: 'p95', color: 'var(--role-primary)', values: of('primary', ({ p95_ms }) => p95_ms) });
  }
  if (groups.has('shadow'))
    lines.push({ name: 'shadow p95', color: 'var(--role-shadow)', dash: [5, 4], values: of('shadow', ({ p95_ms }) => p95_ms) });
  if (groups.has('canary'))
    lines.push({ name: 'canary p95', color: 'var(--role-canary)', dash: [2, 2], values: of('canary', ({ p95_ms }) => p95_ms) });
  return lines;
}

function markerOf({ at, action, to_version }: Change): Marker[] {
  const atMs = Date.parse(at);
  return Number.isNaN(atMs) ? [] : [{ atMs, label: to_version === null ? action.replaceAll('_', ' ') : `v${to_version}` }];
}
