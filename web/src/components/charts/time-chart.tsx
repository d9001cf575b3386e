import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { timeOfDay } from '@/lib/format.ts';
import type { Buckets, Line } from '@/lib/series.ts';
import { useClock } from '@/lib/settings.ts';
import type { Window } from '@/lib/time-range.ts';
import { chartOptions, type Marker } from './chart-options.ts';
import css from './charts.module.css';

interface TimeChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly buckets: Buckets;
  readonly window: Window;
  readonly unit: (value: number) => string;
  readonly markers?: readonly Marker[];
  readonly onZoom?: (window: Window) => void;
  readonly height?: number;
  /** Whether the axis begins at zero; default true. */
  readonly fromZero?: boolean;
}

/** A chart over time. All charts of a page share crosshair and zoom; gaps stay gaps. */
export function TimeChart({ title, lines, buckets, window, unit, markers = [], onZoom, height = 150, fromZero = true }: TimeChartProps) {
  const { ref: box, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const scheme = useComputedColorScheme('light');
  const clock = useClock();
  const latest = useRef({ lines, window, unit, markers, onZoom, fromZero });
  latest.current = { lines, window, unit, markers, onZoom, fromZero };
  const shape = lines.map(({ name, color, dash }) => `${name}|${color}|${dash?.join()}`).join('\n');

  // biome-ignore lint/correctness/useExhaustiveDependencies: new data goes through setData below; only a new shape or theme needs a new chart
  useLayoutEffect(() => {
    if (!host.current || width === 0) return;
    const options = chartOptions({ width, height, clock, scheme, latest: () => latest.current, onCursor: setAt });
    const made = new uPlot(options, dataOf(buckets, latest.current.lines), host.current);
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, [width, height, shape, scheme, clock]);

  useEffect(() => {
    chart.current?.setData(dataOf(buckets, lines), false);
    chart.current?.setScale('x', { min: window.fromMs / 1000, max: window.toMs / 1000 });
  }, [buckets, lines, window]);

  const isEmpty = lines.every(({ values }) => values.every((value) => value === null));
  const shown = at === null || isEmpty ? null : at;
  return (
    <figure className={css.chart} aria-label={summary(title, lines, unit)}>
      <figcaption>
        <strong>{title}</strong>
        <Legend lines={lines} at={shown} unit={unit} />
        {shown !== null && (
          <span className={css.at}>{timeOfDay(buckets.starts[shown] ?? 0, clock).slice(0, buckets.bucketMs < 60_000 ? 8 : 5)}</span>
        )}
      </figcaption>
      <div ref={box} style={{ height }} className={css.canvas}>
        <div ref={host} />
        {isEmpty && <span className={css.nothing}>No data in this range</span>}
      </div>
    </figure>
  );
}

function Legend({ lines, at, unit }: { lines: readonly Line[]; at: number | null; unit: (value: number) => string }) {
  return (
    <span className={css.legend}>
      {lines.map(({ name, color, dash, values }) => {
        const value = values[at ?? values.findLastIndex((v) => v !== null)];
        return (
          <span key={name}>
            <i style={{ borderColor: color, borderTopStyle: dash ? 'dashed' : 'solid' }} aria-hidden="true" />
            {name} <b>{value === null || value === undefined ? '–' : unit(value)}</b>
          </span>
        );
      })}
    </span>
  );
}

const dataOf = ({ starts }: Buckets, lines: readonly Line[]): uPlot.AlignedData => [
  starts.map((t) => t / 1000),
  ...lines.map(({ values }) => [...values]),
];

/** What the chart says, for those who cannot see it. */
function summary(title: string, lines: readonly Line[], unit: (value: number) => string): string {
  const parts = lines.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const last = known.at(-1);
    return last === undefined ? `${name}: no data` : `${name}: now ${unit(last)}, at most ${unit(Math.max(...known))}`;
  });
  return `${title}. ${parts.join('; ')}`;
}
