import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, useState } from 'react';
import type { Run } from '@/lib/api/mlflow.ts';
import { value } from '@/lib/format.ts';
import css from './compare.module.css';
import { type Axis, lookOf, nameOf } from './figures.ts';

interface ParallelProps {
  readonly runs: readonly Run[];
  readonly axes: readonly Axis[];
  readonly active: string | null;
  readonly onActive: (id: string | null) => void;
}

/** Part of an axis that a run must pass through, from 0 to 1. */
type Brush = readonly [number, number];

const HEIGHT = 300;
const TOP = 44;
const SIDE = 70;

/** A line per run over parallel axes. Dragging along an axis dims the runs that do not pass there; a click on the axis takes that back. */
export function Parallel({ runs, axes, active, onActive }: ParallelProps) {
  const { ref, width } = useElementSize();
  const [brushes, setBrushes] = useState<ReadonlyMap<string, Brush>>(new Map());
  const span = HEIGHT - TOP - 16;
  const x = (i: number) => (axes.length < 2 ? width / 2 : SIDE + (i * (width - 2 * SIDE)) / (axes.length - 1));
  const y = (place: number) => TOP + (1 - place) * span;
  const passes = (run: number) =>
    axes.every(({ id, places }) => {
      const brush = brushes.get(id);
      const place = places[run];
      return brush === undefined || (place !== undefined && place >= brush[0] && place <= brush[1]);
    });
  const brush = (id: string, range: Brush | undefined) =>
    setBrushes((before) => {
      const next = new Map(before);
      if (range) next.set(id, range);
      else next.delete(id);
      return next;
    });
  return (
    <div ref={ref} className={css.plot}>
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Parallel coordinates of ${runs.length} runs over ${axes.map(({ name }) => name).join(', ')}`}
        >
          {runs.map((run, r) => {
            const { color, isDashed } = lookOf(run, r);
            const isActive = active === run.info.run_id;
            const isDim = !passes(r) || (active !== null && !isActive);
            return (
              <path
                key={run.info.run_id}
                d={pathOf(axes, r, { x, y })}
                stroke={color}
                strokeWidth={isActive ? 3 : 1.75}
                strokeDasharray={isDashed ? '6 4' : undefined}
                opacity={isDim ? 0.14 : 1}
                fill="none"
                onPointerEnter={() => onActive(run.info.run_id)}
                onPointerLeave={() => onActive(null)}
              >
                <title>{nameOf(run)}</title>
              </path>
            );
          })}
          {axes.map((axis, i) => (
            <AxisView
              key={axis.id}
              axis={axis}
              x={x(i)}
              span={span}
              brush={brushes.get(axis.id)}
              onBrush={(range) => brush(axis.id, range)}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

/** Where a run has no value its line is broken. */
function pathOf(
  axes: readonly Axis[],
  run: number,
  { x, y }: { readonly x: (i: number) => number; readonly y: (place: number) => number },
): string {
  let isDown = false;
  return axes
    .map(({ places }, i) => {
      const place = places[run];
      if (place === undefined) {
        isDown = false;
        return '';
      }
      const step = `${isDown ? 'L' : 'M'}${x(i).toFixed(1)} ${y(place).toFixed(1)}`;
      isDown = true;
      return step;
    })
    .join('');
}

interface AxisViewProps {
  readonly axis: Axis;
  readonly x: number;
  readonly span: number;
  readonly brush: Brush | undefined;
  readonly onBrush: (range: Brush | undefined) => void;
}

function AxisView({ axis, x, span, brush, onBrush }: AxisViewProps) {
  const [from, setFrom] = useState<number | null>(null);
  const placeAt = (event: PointerEvent<SVGRectElement>) => {
    const { top } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (event.clientY - top - 6) / span));
  };
  return (
    <g>
      <text x={x} y={16} textAnchor="middle" className={css.axisName} data-metric={axis.isMetric}>
        {axis.name.length > 22 ? `${axis.name.slice(0, 21)}…` : axis.name}
        <title>{axis.name}</title>
      </text>
      <line x1={x} x2={x} y1={TOP} y2={TOP + span} className={css.axis} />
      {axis.ticks.map(({ place, label }) => (
        <text key={place} x={x + 5} y={TOP + (1 - place) * span + 4} className={css.tick}>
          {typeof label === 'number' ? value(label, 3) : label.length > 14 ? `${label.slice(0, 13)}…` : label}
        </text>
      ))}
      {brush && (
        <rect
          x={x - 6}
          width={12}
          y={TOP + (1 - brush[1]) * span}
          height={Math.max(2, (brush[1] - brush[0]) * span)}
          className={css.brush}
        />
      )}
      <rect
        x={x - 12}
        width={24}
        y={TOP - 6}
        height={span + 12}
        className={css.grab}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setFrom(placeAt(event));
          onBrush(undefined);
        }}
        onPointerMove={(event) => {
          if (from === null) return;
          const to = placeAt(event);
          if (Math.abs(to - from) > 0.02) onBrush([Math.min(from, to), Math.max(from, to)]);
        }}
        onPointerUp={() => setFrom(null)}
      />
    </g>
  );
}
