import type uPlot from 'uplot';
import { dayAndTime, timeOfDay } from '@/lib/format.ts';
import type { Line } from '@/lib/series.ts';
import type { Clock } from '@/lib/settings.ts';
import type { Window } from '@/lib/time-range.ts';

/** Something that happened, drawn as a vertical line: a promotion, a rollback. */
export interface Marker {
  readonly atMs: number;
  readonly label: string;
}

interface Latest {
  readonly lines: readonly Line[];
  readonly window: Window;
  readonly unit: (value: number) => string;
  readonly markers: readonly Marker[];
  readonly onZoom?: ((window: Window) => void) | undefined;
  readonly fromZero: boolean;
}

interface ChartInput {
  readonly width: number;
  readonly height: number;
  readonly clock: Clock;
  readonly scheme: string;
  /** What the component was last given; read at draw time. */
  readonly latest: () => Latest;
  readonly onCursor: (index: number | null) => void;
}

/** A canvas knows no CSS variables: `var(--x)` is looked up when it is drawn. */
export function resolved(color: string): string {
  const name = /^var\((--[\w-]+)\)$/u.exec(color)?.[1];
  return name === undefined ? color : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export function chartOptions(input: ChartInput): uPlot.Options {
  const { width, height, clock, latest, onCursor } = input;
  const axis = {
    stroke: resolved('var(--muted)'),
    font: FONT,
    grid: { stroke: resolved('var(--grid)'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'page' }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: () => [latest().window.fromMs / 1000, latest().window.toMs / 1000] },
      y: { range: (_chart, min, max) => withinShares(latest().unit, latest().fromZero ? [0, niceTop(max)] : around(min, max)) },
    },
    axes: [
      { ...axis, size: 22, gap: 4, space: 70, values: (_chart, splits) => splits.map((s) => tick(s * 1000, latest().window, clock)) },
      { ...axis, size: 58, space: 32, values: (_chart, splits) => splits.map((v) => latest().unit(v)) },
    ],
    series: [{}, ...latest().lines.map(seriesOf)],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      setSelect: [(chart) => zoom(chart, latest().onZoom)],
      draw: [(chart) => drawMarkers(chart, latest().markers)],
    },
  };
}

function seriesOf({ color, dash, fill }: Line): uPlot.Series {
  const stroke = resolved(color);
  return {
    stroke,
    width: 1.5,
    ...(dash ? { dash: [...dash] } : {}),
    ...(fill ? { fill: `color-mix(in srgb, ${stroke} 12%, transparent)` } : {}),
    // A point between two gaps would be an invisible line.
    points: { show: (chart, series) => isSparse(chart.data[series] ?? []), size: 4, fill: stroke },
    spanGaps: false,
  };
}

function isSparse(values: ArrayLike<number | null | undefined>): boolean {
  return Array.from(values).some((value, i, all) => value != null && all[i - 1] == null && all[i + 1] == null);
}

const niceTop = (max: number | null): number => (max === null || !(max > 0) ? 1 : max * 1.12);

/** A little room above and below, for figures such as accuracy where zero says nothing. */
function around(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = max > min ? (max - min) * 0.25 : Math.abs(max) * 0.05 || 1;
  return [min - room, max + room];
}

/** No share is below 0 % or above 100 %, and an axis that says 105 % makes people wonder. */
function withinShares(unit: (value: number) => string, [low, high]: readonly [number, number]): [number, number] {
  return unit(1).includes('%') ? [Math.max(0, low), Math.min(1, high)] : [low, high];
}

function tick(ms: number, { fromMs, toMs }: Window, clock: Clock): string {
  const spanMs = toMs - fromMs;
  if (spanMs > 36 * 3_600_000) return dayAndTime(ms, clock).replace(/, 00:00$/u, '');
  return timeOfDay(ms, clock).slice(0, spanMs < 5 * 60_000 ? 8 : 5);
}

function zoom(chart: uPlot, onZoom: ((window: Window) => void) | undefined): void {
  const { left, width } = chart.select;
  if (width > 4)
    onZoom?.({ fromMs: Math.round(chart.posToVal(left, 'x') * 1000), toMs: Math.round(chart.posToVal(left + width, 'x') * 1000) });
  if (width > 0) chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function drawMarkers({ ctx, bbox, valToPos }: uPlot, markers: readonly Marker[]): void {
  ctx.save();
  ctx.strokeStyle = resolved('var(--muted)');
  ctx.fillStyle = resolved('var(--muted)');
  ctx.font = FONT.replace('11px', `${10 * devicePixelRatio}px`);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { atMs, label } of markers) {
    const x = Math.round(valToPos(atMs / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(label, x + 4, bbox.top + 10 * devicePixelRatio);
  }
  ctx.restore();
}
