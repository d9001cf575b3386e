import { Button } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Ago } from '@/components/ago.tsx';
import { RoleMark, Status } from '@/components/status.tsx';
import type { Prediction } from '@/lib/api/predictions.ts';
import { count, millis, value } from '@/lib/format.ts';
import { useStrayKeys } from '@/lib/use-stray-keys.ts';
import css from './explorer.module.css';
import { isRight } from './outcome.ts';

const ROW = 34;
/** Rows kept above and below the visible ones, so that fast scrolling shows no holes. */
const SPARE = 12;
const LETTERS = ['j', 'k'] as const;

interface PredictionListProps {
  readonly rows: readonly Prediction[];
  readonly total: number | undefined;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly more: { readonly available: boolean; readonly isLoading: boolean; readonly load: () => void };
  /** Set while older rows are loaded and new ones no longer come in: leads back to the newest. */
  readonly toNewest: (() => void) | undefined;
}

/** Thousands of rows with only the visible ones in the page; older ones are fetched when one scrolls to them. */
export function PredictionList({ rows, total, selected, onSelect, more, toNewest }: PredictionListProps) {
  const viewport = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const first = Math.max(0, Math.floor(scroll.top / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((scroll.top + scroll.height) / ROW) + SPARE);
  const isNearEnd = last >= rows.length;
  useEffect(() => {
    if (isNearEnd && more.available && !more.isLoading && rows.length > 0) more.load();
  }, [isNearEnd, more, rows.length]);
  useStrayKeys(viewport, LETTERS);
  const measure = () => {
    const { scrollTop, clientHeight } = viewport.current ?? { scrollTop: 0, clientHeight: 600 };
    setScroll({ top: scrollTop, height: clientHeight });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = Math.min(rows.length - 1, Math.max(0, rows.findIndex((row) => row.prediction_id === selected) + step));
    const row = rows[next];
    if (!row) return;
    onSelect(row.prediction_id);
    const { current } = viewport;
    if (current && (next * ROW < current.scrollTop || (next + 1) * ROW > current.scrollTop + current.clientHeight))
      current.scrollTop = next * ROW - current.clientHeight / 2;
  };
  return (
    <>
      <Head />
      <div
        ref={viewport}
        className={css.viewport}
        style={{ maxHeight: rows.length * ROW + 1 }}
        onScroll={measure}
        onKeyDown={onKeyDown}
        role="listbox"
        tabIndex={0}
        aria-label="Predictions, newest first. Arrow keys move"
      >
        <div style={{ height: rows.length * ROW, position: 'relative' }}>
          {rows.slice(first, last).map((row, i) => (
            <Line key={row.prediction_id} row={row} top={(first + i) * ROW} selected={row.prediction_id === selected} onSelect={onSelect} />
          ))}
        </div>
      </div>
      <div className={css.foot}>
        <span>
          {count(rows.length)} of {total === undefined ? '…' : count(total)} loaded
        </span>
        {more.available && (
          <Button size="compact-xs" variant="default" loading={more.isLoading} onClick={more.load}>
            Load older
          </Button>
        )}
        {toNewest && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              toNewest();
              viewport.current?.scrollTo(0, 0);
            }}
          >
            Back to the newest
          </Button>
        )}
      </div>
    </>
  );
}

function Head() {
  return (
    <div className={css.head} aria-hidden="true">
      <span>Time</span>
      <span>Deployment</span>
      <span className={css.middle}>Variant</span>
      <span className={css.middle}>Ver.</span>
      <span>Prediction</span>
      <span className={css.wide}>Input</span>
      <span className={css.num}>Took</span>
      <span className={css.wide}>Outcome</span>
    </div>
  );
}

interface LineProps {
  readonly row: Prediction;
  readonly top: number;
  readonly selected: boolean;
  readonly onSelect: (id: string) => void;
}

function Line({ row, top, selected, onSelect }: LineProps) {
  return (
    // Keys are handled by the list, which has the focus.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div
      className={css.line}
      style={{ top }}
      role="option"
      aria-selected={selected}
      tabIndex={-1}
      onClick={() => onSelect(row.prediction_id)}
    >
      <span className="muted">
        <Ago time={row.time} />
      </span>
      <span className="clip">{row.deployment}</span>
      <span className={css.middle}>
        <RoleMark variant={row.role} />
      </span>
      <span className={css.middle}>v{row.model_version}</span>
      <strong className="clip" style={{ fontWeight: 500 }}>
        {row.status === 'error' ? <Status tone="bad">{row.error?.code ?? 'error'}</Status> : value(row.prediction)}
      </strong>
      <span className={`${css.features} ${css.wide} clip`}>
        {Object.entries(row.features).map(([name, v]) => (
          <span key={name}>
            {name} <b>{value(v, 4)}</b>{' '}
          </span>
        ))}
      </span>
      <span className={css.num}>{millis(row.duration_ms)}</span>
      <span className={css.wide}>
        <Outcome row={row} />
      </span>
    </div>
  );
}

function Outcome({ row }: { row: Prediction }) {
  if (row.actual === null) return <span className="muted">no label</span>;
  if (row.task === 'regression') return <span>was {value(row.actual, 4)}</span>;
  return isRight(row) ? <Status tone="ok">right</Status> : <Status tone="bad">was {value(row.actual)}</Status>;
}
