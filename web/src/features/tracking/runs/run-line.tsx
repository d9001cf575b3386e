import { UnstyledButton } from '@mantine/core';
import IconRight from '@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs';
import { type MouseEvent as Click, memo, type ReactNode } from 'react';
import { Ago } from '@/components/ago.tsx';
import { CopyId } from '@/components/copy.tsx';
import { count } from '@/lib/format.ts';
import { RunStatus } from '../run-status.tsx';
import { type Column, cellText } from './columns.ts';
import css from './runs.module.css';
import type { PlacedRow } from './use-run-rows.ts';

export const ROW = 34;

interface LineProps {
  readonly placed: PlacedRow;
  readonly index: number;
  readonly grid: string;
  readonly columns: readonly Column[];
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly isCursor: boolean;
  readonly onToggle: (id: string) => void;
  readonly onOpenRun: (id: string) => void;
  readonly onPoint: (index: number) => void;
  readonly onSelect: (index: number, isRange: boolean) => void;
}

/** One run; drawn again only when something of it changes, so that scrolling draws just the rows that come in. Values stand in the order of the columns that the server was asked for. */
export const Line = memo(function Line({
  placed,
  index,
  grid,
  columns,
  isOpen,
  isSelected,
  isCursor,
  onToggle,
  onOpenRun,
  onPoint,
  onSelect,
}: LineProps) {
  const { row, depth } = placed;
  // A plain link: the router's own costs as much as all the rest of a row. Other buttons and keys mean another tab, as ever.
  const open = (event: Click, id: string) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onOpenRun(id);
  };
  const name = row.run_name || 'unnamed';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table handles the keys
    // biome-ignore lint/a11y/useSemanticElements: see the table
    // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
    <div
      id={`run-${row.run_id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={css.line}
      data-cursor={isCursor}
      style={{ top: index * ROW, gridTemplateColumns: grid }}
      onClick={() => onPoint(index)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see the table */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the table has the focus */}
      <div role="gridcell" className={css.cell} data-first="true">
        <input
          type="checkbox"
          className={css.check}
          aria-label={`Select ${name}`}
          checked={isSelected}
          onChange={(event) => onSelect(index, (event.nativeEvent as MouseEvent).shiftKey)}
          tabIndex={-1}
        />
        <span style={{ width: depth * 16, flex: 'none' }} />
        {row.children > 0 ? (
          <UnstyledButton
            className={css.fold}
            data-open={isOpen}
            onClick={() => onToggle(row.run_id)}
            aria-label={`${isOpen ? 'Hide' : 'Show'} the ${count(row.children)} nested runs of ${name}`}
            aria-expanded={isOpen}
          >
            <IconRight size={13} />
            <span>{count(row.children)}</span>
          </UnstyledButton>
        ) : null}
        <a
          className={`clip ${css.name}`}
          href={`/runs/${row.run_id}`}
          onClick={(event) => open(event, row.run_id)}
          title={name}
          tabIndex={-1}
        >
          {name}
        </a>
        {row.lifecycle_stage === 'deleted' && <span className="muted">deleted</span>}
      </div>
      <Cells placed={placed} columns={columns} />
    </div>
  );
});

/** Apart, so that moving the cursor over a row draws none of its cells again. */
const Cells = memo(function Cells({ placed: { row }, columns }: { placed: PlacedRow; columns: readonly Column[] }) {
  const cells: ReactNode[] = [];
  let asked = 0;
  for (const column of columns.slice(1)) {
    const value = column.field === undefined ? undefined : row.values[asked++];
    const text = cellText(row, column, value);
    const title = column.field === undefined || value === null ? undefined : String(value);
    cells.push(
      // biome-ignore lint/a11y/useSemanticElements: see the table
      // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
      <div role="gridcell" key={column.id} className={css.cell} data-number={column.isNumber} title={title}>
        {column.id === 'status' ? (
          <RunStatus status={row.status} />
        ) : column.id === 'start_time' ? (
          <Ago time={row.start_time} />
        ) : column.id === 'run_id' ? (
          <CopyId id={row.run_id} what="run id" length={8} />
        ) : (
          <span className={text === '–' ? 'muted clip' : 'clip'}>{text}</span>
        )}
      </div>,
    );
  }
  return cells;
});
