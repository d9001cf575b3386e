import { ActionIcon, Menu } from '@mantine/core';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Ago } from '@/components/ago.tsx';
import { ownTags, Tags } from '@/components/edit/tags.tsx';
import { Status } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import type { ExperimentRow } from '@/lib/api/tracking.ts';
import { count } from '@/lib/format.ts';
import { type ExperimentAction, ExperimentDialog } from './experiment-dialog.tsx';
import css from './experiments.module.css';

export const NOTE_TAG = 'mlflow.note.content';

/** Every experiment with what is in it and when something last happened. */
export function ExperimentTable({ rows }: { rows: readonly ExperimentRow[] }) {
  const [asked, setAsked] = useState<{ action: ExperimentAction; row: ExperimentRow } | null>(null);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className={table.num}>
              Runs
            </th>
            <th scope="col">Last run</th>
            <th scope="col">Created</th>
            <th scope="col">Description and tags</th>
            <th scope="col">
              <span className="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.experiment_id} row={row} ask={(action) => setAsked({ action, row })} />
          ))}
        </tbody>
      </table>
      {asked && <ExperimentDialog action={asked.action} row={asked.row} close={() => setAsked(null)} />}
    </div>
  );
}

function Row({ row, ask }: { row: ExperimentRow; ask: (action: ExperimentAction) => void }) {
  const { experiment_id: id, name, tags, active_runs, deleted_runs, last_run_time, creation_time } = row;
  const isDeleted = row.lifecycle_stage === 'deleted';
  const note = tags.find(({ key }) => key === NOTE_TAG)?.value;
  return (
    <tr>
      <td className={css.name}>
        <Link className={css.link} to="/experiments/$id" params={{ id }}>
          {name}
        </Link>{' '}
        {isDeleted && <Status tone="none">deleted</Status>}
      </td>
      <td className={table.num} title={deleted_runs > 0 ? `${count(deleted_runs)} more are deleted` : undefined}>
        {count(active_runs)}
      </td>
      <td>{last_run_time === null ? <span className="muted">none</span> : <Ago time={last_run_time} />}</td>
      <td className="muted">
        <Ago time={creation_time} />
      </td>
      <td className={table.grow}>
        <span className="row">
          {note && (
            <span className="clip" title={note}>
              {note}
            </span>
          )}
          <Tags tags={ownTags(tags).slice(0, 4)} />
        </span>
      </td>
      <td className={table.num}>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={26} aria-label={`What to do with ${name}`}>
              <IconDots size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {isDeleted ? (
              <Menu.Item onClick={() => ask('restore')}>Restore</Menu.Item>
            ) : (
              <>
                <Menu.Item onClick={() => ask('rename')}>Rename</Menu.Item>
                <Menu.Item onClick={() => ask('describe')}>Describe</Menu.Item>
                <Menu.Item color="red" disabled={id === '0'} onClick={() => ask('delete')}>
                  Delete
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  );
}
