import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '@/components/edit/dialogs.tsx';
import { deleteRuns, restoreRuns, type View } from '@/lib/api/tracking.ts';
import { count, plural } from '@/lib/format.ts';
import css from './runs.module.css';

interface SelectionBarProps {
  readonly selected: ReadonlySet<string>;
  readonly loaded: number;
  readonly total: number | undefined;
  readonly view: View;
  readonly isCounting: boolean;
  readonly onCompare: () => void;
  readonly onClear: () => void;
  readonly toNewest: (() => void) | undefined;
}

export const MOST_COMPARED = 20;

/** What is here, and what can be done with what is selected. */
export function SelectionBar({ selected, loaded, total, view, isCounting, onCompare, onClear, toNewest }: SelectionBarProps) {
  const [asked, setAsked] = useState<'delete' | 'restore' | null>(null);
  const queries = useQueryClient();
  const ids = [...selected];
  const undo = async () => {
    await restoreRuns(ids);
    await queries.invalidateQueries();
    notifications.hide('runs-deleted');
  };
  const tell = () => {
    onClear();
    const message = (
      <span className="row">
        {plural(ids.length, 'run')} deleted.
        <Button size="compact-xs" variant="default" onClick={() => void undo()}>
          Undo
        </Button>
      </span>
    );
    notifications.show({ id: 'runs-deleted', message, autoClose: 12_000 });
  };
  return (
    <div className={css.foot}>
      {selected.size === 0 ? (
        <>
          <span aria-live="polite">
            <strong>{total === undefined ? '…' : count(total)}</strong> {total === 1 ? 'run' : 'runs'}
            {isCounting && total !== undefined && ' (counting)'}
            {total !== undefined && loaded < total && `, ${count(loaded)} loaded`}
          </span>
          {toNewest && (
            <Button size="compact-xs" variant="default" onClick={toNewest}>
              Back to the first
            </Button>
          )}
          <span className={css.keys}>
            <kbd>j</kbd> <kbd>k</kbd> move · <kbd>x</kbd> select · <kbd>c</kbd> compare · <kbd>Enter</kbd> open
          </span>
        </>
      ) : (
        <>
          <span aria-live="polite">
            <strong>{count(selected.size)}</strong> selected
          </span>
          <Button
            size="compact-xs"
            onClick={onCompare}
            disabled={selected.size < 2 || selected.size > MOST_COMPARED}
            title={selected.size > MOST_COMPARED ? `At most ${MOST_COMPARED} runs are compared at once` : undefined}
          >
            Compare
          </Button>
          {view !== 'deleted' && (
            <Button size="compact-xs" variant="default" color="red" onClick={() => setAsked('delete')}>
              Delete
            </Button>
          )}
          {view !== 'active' && (
            <Button size="compact-xs" variant="default" onClick={() => setAsked('restore')}>
              Restore
            </Button>
          )}
          <Button size="compact-xs" variant="subtle" color="gray" onClick={onClear}>
            Clear
          </Button>
        </>
      )}
      {asked === 'delete' && (
        <Dialog
          title={`Delete ${plural(ids.length, 'run')}`}
          action="Delete"
          isDangerous
          close={() => setAsked(null)}
          act={() => deleteRuns(ids)}
          done={tell}
        >
          <p>
            {plural(ids.length, 'run')} will no longer be listed. Their files stay, versions that came from them keep serving, and the view
            “Deleted” can restore them.
          </p>
        </Dialog>
      )}
      {asked === 'restore' && (
        <Dialog
          title={`Restore ${plural(ids.length, 'run')}`}
          action="Restore"
          close={() => setAsked(null)}
          act={() => restoreRuns(ids)}
          said={`${plural(ids.length, 'run')} restored.`}
          done={onClear}
        >
          <p>They will be listed and searched again.</p>
        </Dialog>
      )}
    </div>
  );
}
