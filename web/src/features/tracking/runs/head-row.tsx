import { Checkbox, UnstyledButton } from '@mantine/core';
import IconDown from '@tabler/icons-react/dist/esm/icons/IconArrowDown.mjs';
import IconUp from '@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs';
import type { PointerEvent } from 'react';
import type { Column } from './columns.ts';
import css from './runs.module.css';

interface HeadRowProps {
  readonly columns: readonly Column[];
  readonly grid: string;
  readonly sort: { readonly id: string; readonly descending: boolean };
  readonly onSort: (id: string) => void;
  readonly all: { readonly checked: boolean; readonly some: boolean };
  readonly onAll: () => void;
  readonly onResize: (id: string, px: number) => void;
}

export function HeadRow({ columns, grid, sort, onSort, all, onAll, onResize }: HeadRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the table
    // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
    <div className={css.head} style={{ gridTemplateColumns: grid }} role="row">
      {columns.map((column, i) => {
        const isSorted = sort.id === column.id;
        return (
          // biome-ignore lint/a11y/useSemanticElements: see the table
          // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
          <div
            key={column.id}
            role="columnheader"
            className={css.cell}
            data-first={i === 0}
            data-number={column.isNumber}
            aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
            title={column.group === 'Run' ? undefined : `${column.group} ${column.title}`}
          >
            {i === 0 && (
              <Checkbox
                size="xs"
                aria-label="Select all loaded runs"
                checked={all.checked}
                indeterminate={all.some && !all.checked}
                onChange={onAll}
              />
            )}
            {column.orderBy === undefined ? (
              <span className="clip">{column.title}</span>
            ) : (
              <UnstyledButton className={css.sort} onClick={() => onSort(column.id)}>
                <span className="clip">{column.title}</span>
                {isSorted && (sort.descending ? <IconDown size={12} /> : <IconUp size={12} />)}
              </UnstyledButton>
            )}
            <i className={css.grip} aria-hidden="true" onPointerDown={(event) => resize(event, column, onResize)} />
          </div>
        );
      })}
    </div>
  );
}

const NARROWEST = 56;

/** Follows the pointer until it is let go. */
function resize(event: PointerEvent<HTMLElement>, column: Column, onResize: HeadRowProps['onResize']): void {
  event.preventDefault();
  const grip = event.currentTarget;
  const cell = grip.parentElement;
  if (!cell) return;
  const from = event.clientX;
  const { width } = cell.getBoundingClientRect();
  grip.setPointerCapture(event.pointerId);
  const move = (moved: globalThis.PointerEvent) => onResize(column.id, Math.max(NARROWEST, Math.round(width + moved.clientX - from)));
  grip.addEventListener('pointermove', move);
  grip.addEventListener('pointerup', () => grip.removeEventListener('pointermove', move), { once: true });
}
