import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { dayAndTime, significant, timeOfDay } from '@/lib/format.ts';
import { type Clock, useClock } from '@/lib/settings.ts';
import { FONT, resolved } from './chart-options.ts';
import css from './charts.module.css';

/** One line over steps or times. `x` ascends. */
export interface XyLine {
  readonly name: string;
  readonly color: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly isDashed?: boolean;
  /** Drawn faintly and not named: the points behind a smoothed line. */
  readonly isFaint?: boolean;
}

export type XyAxis = 'step' | 'time' | 'relative';

interface XyChartProps {
  readonly title: string;
  readonly lines: readonly XyLine[];
  /** `time`: x in seconds since the epoch; `relative`: seconds. */
  readonly axis: XyAxis;
  readonly isLog?: boolean;
  readonly height?: number;
  readonly showsLegend?: boolean;
}

/** Lines with points of their own each. A drag zooms, a double click shows all again; charts with the same axis share the crosshair. */
export function XyChart({ title, lines, axis, isLog = false, height = 190, showsLegend = true }: XyChartProps) {
  const { ref: box, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const [data, setData] = useState<uPlot.AlignedData>([[]]);
  const scheme = useComputedColorScheme('light');
  const clock = useClock();

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are looked up anew when the scheme changes
  useLayoutEffect(() => {
    if (!host.current || width === 0) return;
    const joined = joinLines(lines, isLog);
    setData(joined);
    const options = optionsOf({ lines, axis, isLog, width, height, onCursor: setAt, ticks: (x) => tickOf(x, { axis, clock }) });
    const made = new uPlot(options, joined, host.current);
    return () => made.destroy();
  }, [width, height, lines, axis, isLog, scheme, clock]);

  const named = lines.map((line, i) => ({ ...line, values: data[i + 1] ?? [] })).filter(({ isFaint }) => !isFaint);
  const isEmpty = lines.every(({ y }) => y.every((value) => value === null));
  return (
    <figure className={css.chart} aria-label={summaryOf(title, lines)}>
      <figcaption>
        <strong className="clip" title={title}>
          {title}
        </strong>
        {showsLegend && named.length === 1 && <b>{textAt(named[0]?.values ?? [], at)}</b>}
        {showsLegend && named.length > 1 && (
          <span className={css.legend}>
            {named.map(({ name, color, isDashed, values }) => (
              <span key={name}>
                <i style={{ borderColor: color, borderTopStyle: isDashed ? 'dashed' : 'solid' }} aria-hidden="true" />
                {named.length > 1 && named.length < 3 && `${name} `}
                <b>{textAt(values, at)}</b>
              </span>
            ))}
          </span>
        )}
        {at !== null && data[0][at] !== undefined && <span className={css.at}>{tickOf(data[0][at], { axis, clock, isExact: true })}</span>}
      </figcaption>
      <div ref={box} style={{ height }} className={css.canvas}>
        <div ref={host} />
        {isEmpty && <span className={css.nothing}>No finite values</span>}
      </div>
    </figure>
  );
}

function joinLines(lines: readonly XyLine[], isLog: boolean): uPlot.AlignedData {
  if (lines.length === 0) return [[]];
  // A logarithm knows no zero and nothing below it: such points are gaps.
  const values = (y: XyLine['y']) => (isLog ? y.map((value) => (value !== null && value > 0 ? value : null)) : [...y]);
  return uPlot.join(lines.map(({ x, y }) => [[...x], values(y)]));
}

interface Options {
  readonly lines: readonly XyLine[];
  readonly axis: XyAxis;
  readonly isLog: boolean;
  readonly width: number;
  readonly height: number;
  readonly onCursor: (index: number | null) => void;
  readonly ticks: (x: number) => string;
}

/** Seconds between marks that read as whole minutes and hours. */
const WHOLE_TIMES = [0.001, 0.01, 0.1, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000, 86_400, 432_000];

function optionsOf({ lines, axis, isLog, width, height, onCursor, ticks }: Options): uPlot.Options {
  const look = {
    stroke: resolved('var(--muted)'),
    font: FONT,
    grid: { stroke: resolved('var(--grid)'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: `xy-${axis}` }, drag: { x: true, y: false }, points: { size: 5 } },
    scales: { x: { time: axis === 'time' }, y: isLog ? { distr: 3 } : { range: (_chart, min, max) => roomy(min, max) } },
    axes: [
      {
        ...look,
        size: 22,
        gap: 4,
        space: 64,
        ...(axis === 'relative' ? { incrs: WHOLE_TIMES } : {}),
        values: (_chart, splits) => splits.map(ticks),
      },
      { ...look, size: 58, space: 30, values: (_chart, splits) => splits.map((v) => (v === null ? '' : significant(v))) },
    ],
    series: [{}, ...lines.map(seriesOf)],
    hooks: { setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)] },
  };
}

function seriesOf({ color, isDashed, isFaint, x }: XyLine): uPlot.Series {
  const stroke = resolved(color);
  return {
    stroke: isFaint ? `color-mix(in srgb, ${stroke} 28%, transparent)` : stroke,
    width: isFaint ? 1 : 1.5,
    ...(isDashed ? { dash: [5, 4] } : {}),
    points: { show: x.length < 3, size: 5, fill: stroke },
    // Runs have steps of their own: what another run measured between two of mine is no gap.
    spanGaps: true,
  };
}

function roomy(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = max > min ? (max - min) * 0.08 : Math.abs(max) * 0.05 || 1;
  return [min - room, max + room];
}

interface TickStyle {
  readonly axis: XyAxis;
  readonly clock: Clock;
  readonly isExact?: boolean;
}

function tickOf(x: number, { axis, clock, isExact = false }: TickStyle): string {
  if (axis === 'step') return isExact ? `step ${significant(x, 9)}` : significant(x, 6);
  if (axis === 'time') return isExact ? dayAndTime(x * 1000, clock) : timeOfDay(x * 1000, clock).slice(0, 5);
  if (x < 120) return `${significant(x)} s`;
  return x < 7200 ? `${significant(x / 60)} min` : `${significant(x / 3600)} h`;
}

/** The value under the crosshair, or the nearest before it; the last one without a crosshair. */
function textAt(values: ArrayLike<number | null | undefined>, at: number | null): string {
  for (let i = at ?? values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return significant(value, 4);
  }
  return '–';
}

function summaryOf(title: string, lines: readonly XyLine[]): string {
  const parts = lines.flatMap(({ name, y, isFaint }) => {
    const last = y.findLast((value) => value !== null);
    return isFaint ? [] : [`${name}: ${last === undefined || last === null ? 'no data' : `last ${significant(last, 4)}`}`];
  });
  return `${title}. ${parts.join('; ')}`;
}
