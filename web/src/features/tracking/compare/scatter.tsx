import { useElementSize } from '@mantine/hooks';
import type { Run } from '@/lib/api/mlflow.ts';
import { value } from '@/lib/format.ts';
import css from './compare.module.css';
import { type Axis, lookOf, nameOf } from './figures.ts';

interface ScatterProps {
  readonly runs: readonly Run[];
  readonly x: Axis;
  readonly y: Axis;
  readonly active: string | null;
  readonly onActive: (id: string | null) => void;
}

const HEIGHT = 300;
const LEFT = 74;
const BOTTOM = 40;
const EDGE = 18;

/** A point per run. */
export function Scatter({ runs, x, y, active, onActive }: ScatterProps) {
  const { ref, width } = useElementSize();
  const px = (place: number) => LEFT + EDGE + place * (width - LEFT - 3 * EDGE);
  const py = (place: number) => EDGE + (1 - place) * (HEIGHT - BOTTOM - 2 * EDGE);
  const missing = runs.filter((_run, i) => x.places[i] === undefined || y.places[i] === undefined).length;
  return (
    <div ref={ref} className={css.plot}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={`${y.name} against ${x.name} of ${runs.length} runs`}>
          {x.ticks.map(({ place, label }) => (
            <g key={place}>
              <line x1={px(place)} x2={px(place)} y1={EDGE / 2} y2={HEIGHT - BOTTOM} className={css.gridLine} />
              <text x={px(place)} y={HEIGHT - BOTTOM + 15} textAnchor="middle" className={css.tick}>
                {labelOf(label)}
              </text>
            </g>
          ))}
          {y.ticks.map(({ place, label }) => (
            <g key={place}>
              <line x1={LEFT} x2={width - EDGE} y1={py(place)} y2={py(place)} className={css.gridLine} />
              <text x={LEFT - 6} y={py(place) + 4} textAnchor="end" className={css.tick}>
                {labelOf(label)}
              </text>
            </g>
          ))}
          <text x={(LEFT + width) / 2} y={HEIGHT - 6} textAnchor="middle" className={css.axisName}>
            {x.name}
          </text>
          <text transform={`translate(12 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)`} textAnchor="middle" className={css.axisName}>
            {y.name}
          </text>
          {runs.map((run, i) => {
            const [cx, cy] = [x.places[i], y.places[i]];
            if (cx === undefined || cy === undefined) return null;
            const isActive = active === run.info.run_id;
            return (
              <circle
                key={run.info.run_id}
                cx={px(cx)}
                cy={py(cy)}
                r={isActive ? 8 : 5.5}
                fill={lookOf(run, i).color}
                opacity={active === null || isActive ? 0.9 : 0.25}
                onPointerEnter={() => onActive(run.info.run_id)}
                onPointerLeave={() => onActive(null)}
              >
                <title>{nameOf(run)}</title>
              </circle>
            );
          })}
        </svg>
      )}
      {missing > 0 && <p className="muted">{missing} of the runs lack one of the two.</p>}
    </div>
  );
}

const labelOf = (label: string | number): string =>
  typeof label === 'number' ? value(label, 3) : label.length > 12 ? `${label.slice(0, 11)}…` : label;
