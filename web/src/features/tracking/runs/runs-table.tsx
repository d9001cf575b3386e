import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { RunRow } from '@/lib/api/tracking.ts';
import { useStrayKeys } from '@/lib/use-stray-keys.ts';
import { type Column, NAME_COLUMN } from './columns.ts';
import { HeadRow } from './head-row.tsx';
import { Line, ROW } from './run-line.tsx';
import css from './runs.module.css';
import type { PlacedRow } from './use-run-rows.ts';

const HEAD = 34;
/** Rows kept above and below the visible ones. */
const SPARE = 12;
/** The next page is fetched when this many rows are left. */
const AHEAD = 200;
const LETTERS = ['j', 'k', 'x', 'c'] as const;

export interface RunsTableProps {
  readonly rows: readonly PlacedRow[];
  /** How many there are in all; undefined until counted. */
  readonly total: number | undefined;
  readonly columns: readonly Column[];
  readonly sort: { readonly id: string; readonly descending: boolean };
  readonly onSort: (id: string) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  readonly open: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
  readonly onOpenRun: (id: string) => void;
  readonly onCompare: () => void;
  readonly more: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => unknown };
}

/** Any number of runs with only the visible rows in the page; j, k, x, c and Enter work without the mouse. */
export function RunsTable(props: RunsTableProps) {
  const { rows, total, columns, sort, onSort, selected, onSelect, more } = props;
  const { ref: measured, width, height } = useElementSize();
  const viewport = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [cursor, setCursor] = useState(-1);
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({});
  const { shown, wanted, grid } = useMemo(() => layout(columns, widths, width), [columns, widths, width]);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + SPARE);
  const isNearEnd = last + AHEAD >= rows.length;
  useEffect(() => {
    if (isNearEnd && more.hasNextPage && !more.isFetchingNextPage) void more.fetchNextPage();
  }, [isNearEnd, more.hasNextPage, more.isFetchingNextPage, more.fetchNextPage]);
  const onKeyDown = useKeys(props, { cursor, setCursor, viewport });
  useStrayKeys(viewport, LETTERS);
  const latest = useRef({ props, cursor });
  latest.current = { props, cursor };
  const select = useCallback((index: number, isRange: boolean) => {
    const { props: now, cursor: from } = latest.current;
    now.onSelect(toggled(now.rows, now.selected, { index, from: isRange ? from : index }));
    setCursor(index);
  }, []);
  const openRun = useCallback((id: string) => latest.current.props.onOpenRun(id), []);
  const toggle = useCallback((id: string) => latest.current.props.onToggle(id), []);
  const allAreSelected = rows.length > 0 && rows.every(({ row }) => selected.has(row.run_id));
  return (
    <div ref={measured}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot hold rows that are placed by hand */}
      <div
        ref={viewport}
        className={css.viewport}
        style={{ maxHeight: HEAD + Math.max(1, rows.length) * ROW + 14 }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        role="grid"
        aria-label="Runs. j and k move, x selects, c compares, Enter opens"
        aria-rowcount={total ?? -1}
        aria-colcount={shown.length}
        aria-multiselectable="true"
        aria-activedescendant={rows[cursor] ? `run-${rows[cursor].row.run_id}` : undefined}
        tabIndex={0}
      >
        <HeadRow
          columns={shown}
          grid={grid}
          sort={sort}
          onSort={onSort}
          all={{ checked: allAreSelected, some: selected.size > 0 }}
          onAll={() => onSelect(allAreSelected ? new Set() : new Set(rows.map(({ row }) => row.run_id)))}
          onResize={(id, px) => setWidths((before) => ({ ...before, [id]: px }))}
        />
        <div style={{ height: rows.length * ROW, position: 'relative', minWidth: wanted }}>
          {rows.slice(first, last).map((placed, i) => (
            <Line
              key={placed.row.run_id}
              placed={placed}
              index={first + i}
              grid={grid}
              columns={shown}
              isOpen={props.open.has(placed.row.run_id)}
              isSelected={selected.has(placed.row.run_id)}
              isCursor={cursor === first + i}
              onToggle={toggle}
              onOpenRun={openRun}
              onPoint={setCursor}
              onSelect={select}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Columns as wide as they are set to be; what is left over goes to the name. */
function layout(columns: readonly Column[], widths: Readonly<Record<string, number>>, room: number) {
  const shown = [NAME_COLUMN, ...columns].map((column) => ({ ...column, width: widths[column.id] ?? column.width }));
  const wanted = shown.reduce((sum, column) => sum + column.width, 0);
  const grid = shown.map((column, i) => `${column.width + (i === 0 ? Math.max(0, room - wanted - 2) : 0)}px`).join(' ');
  return { shown, wanted, grid };
}

interface Reach {
  readonly index: number;
  readonly from: number;
}

/** Selects or unselects a row, or all between two rows as the last one becomes. */
function toggled(rows: readonly PlacedRow[], selected: ReadonlySet<string>, { index, from }: Reach): ReadonlySet<string> {
  const next = new Set(selected);
  const target = rows[index]?.row.run_id ?? '';
  const isOn = !selected.has(target);
  const begin = from < 0 ? index : Math.min(from, index);
  for (const { row } of rows.slice(begin, Math.max(from, index) + 1)) {
    if (isOn) next.add(row.run_id);
    else next.delete(row.run_id);
  }
  return next;
}

interface Hands {
  readonly cursor: number;
  readonly setCursor: (index: number) => void;
  readonly viewport: React.RefObject<HTMLDivElement | null>;
}

function useKeys(
  { rows, selected, onSelect, onToggle, onOpenRun, onCompare, open }: RunsTableProps,
  { cursor, setCursor, viewport }: Hands,
) {
  const go = (index: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, index));
    setCursor(next);
    const { current } = viewport;
    if (!current) return;
    const room = current.clientHeight - HEAD;
    if (next * ROW < current.scrollTop) current.scrollTop = next * ROW;
    else if ((next + 1) * ROW > current.scrollTop + room) current.scrollTop = (next + 1) * ROW - room;
  };
  const row: RunRow | undefined = rows[cursor]?.row;
  const fold = (wanted: boolean) => row && row.children > 0 && open.has(row.run_id) !== wanted && onToggle(row.run_id);
  const page = Math.floor((viewport.current?.clientHeight ?? 600) / ROW) - 2;
  const keys = new Map<string, () => unknown>([
    ['j', () => go(cursor + 1)],
    ['ArrowDown', () => go(cursor + 1)],
    ['k', () => go(cursor - 1)],
    ['ArrowUp', () => go(cursor - 1)],
    ['PageDown', () => go(cursor + page)],
    ['PageUp', () => go(cursor - page)],
    ['Home', () => go(0)],
    ['End', () => go(rows.length - 1)],
    ['ArrowRight', () => fold(true)],
    ['ArrowLeft', () => fold(false)],
    ['x', () => row && onSelect(toggled(rows, selected, { index: cursor, from: cursor }))],
    ['c', onCompare],
    ['Enter', () => row && onOpenRun(row.run_id)],
    ['Escape', () => onSelect(new Set())],
  ]);
  return (event: KeyboardEvent) => {
    const act = keys.get(event.key);
    const isInControl = event.target instanceof HTMLElement && event.target.closest('a, button, input') !== null && event.key === 'Enter';
    if (!act || isInControl || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
}
