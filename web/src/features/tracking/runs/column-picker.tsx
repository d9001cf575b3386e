import { Button, Checkbox, Popover, TextInput } from '@mantine/core';
import IconColumns from '@tabler/icons-react/dist/esm/icons/IconColumns.mjs';
import { useState } from 'react';
import type { Columns } from '@/lib/api/tracking.ts';
import { count } from '@/lib/format.ts';
import { type Column, columnOf, RUN_COLUMNS } from './columns.ts';
import css from './runs.module.css';

interface ColumnPickerProps {
  readonly columns: Columns;
  readonly shown: readonly string[];
  readonly onChange: (shown: string[] | undefined) => void;
}

/** Beyond these one searches. */
const MOST_LISTED = 120;

export function ColumnPicker({ columns, shown, onChange }: ColumnPickerProps) {
  const [opened, setOpened] = useState(false);
  const [query, setQuery] = useState('');
  const groups = groupsOf(columns).map(({ name, items }) => ({
    name,
    items: items.filter(({ title, id }) => `${title} ${id}`.toLowerCase().includes(query.toLowerCase())),
  }));
  const has = new Set(shown);
  const put = (ids: readonly string[], wanted: boolean) =>
    onChange(wanted ? [...shown, ...ids.filter((id) => !has.has(id))] : shown.filter((id) => !ids.includes(id)));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus width={340}>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconColumns size={14} />} onClick={() => setOpened(!opened)}>
          Columns <span className="muted">&nbsp;{shown.length}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={css.picker}>
          <TextInput
            size="xs"
            placeholder="Find a metric, parameter or tag"
            aria-label="Find a column"
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            data-autofocus
          />
          <div className={css.columns}>
            {groups.map(
              ({ name, items }) =>
                items.length > 0 && (
                  <fieldset key={name}>
                    <legend>
                      {name} <span className="muted">{count(items.length)}</span>
                      {name !== 'Run' && items.length <= 40 && (
                        <Button
                          size="compact-xs"
                          variant="subtle"
                          onClick={() =>
                            put(
                              items.map(({ id }) => id),
                              !items.every(({ id }) => has.has(id)),
                            )
                          }
                        >
                          {items.every(({ id }) => has.has(id)) ? 'None' : 'All'}
                        </Button>
                      )}
                    </legend>
                    {items.slice(0, MOST_LISTED).map(({ id, title }) => (
                      <Checkbox
                        key={id}
                        size="xs"
                        label={title}
                        checked={has.has(id)}
                        onChange={(event) => put([id], event.currentTarget.checked)}
                      />
                    ))}
                    {items.length > MOST_LISTED && <span className="muted">{count(items.length - MOST_LISTED)} more: search for them</span>}
                  </fieldset>
                ),
            )}
          </div>
          <Button size="compact-sm" variant="default" onClick={() => onChange(undefined)}>
            Back to the usual columns
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function groupsOf({ metrics, params, tags }: Columns): { name: string; items: readonly Column[] }[] {
  const keyed = (kind: string, keys: readonly string[]) =>
    keys.map((key) => columnOf(`${kind}.${key}`)).filter((column) => column !== undefined);
  const known = new Set(RUN_COLUMNS.map(({ id }) => id));
  return [
    { name: 'Run', items: RUN_COLUMNS },
    { name: 'Metrics', items: keyed('metrics', metrics) },
    { name: 'Parameters', items: keyed('params', params) },
    { name: 'Tags', items: keyed('tags', tags).filter(({ id }) => !known.has(id) && id !== 'tags.mlflow.runName') },
  ];
}
