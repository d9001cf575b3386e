import { Button, Popover, UnstyledButton } from '@mantine/core';
import IconCalendar from '@tabler/icons-react/dist/esm/icons/IconCalendarTime.mjs';
import IconDown from '@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Deployment, listChanges, listDeployments } from '@/lib/api/deployments.ts';
import { isoTime, PRESETS, type Window } from '@/lib/time-range.ts';
import { useRange, useSetRange } from '@/lib/use-range.ts';
import css from './range-picker.module.css';
import bar from './shell.module.css';

/** Presets, "since the last deploy", or two instants. */
export function RangePicker({ deployment }: { deployment: string | undefined }) {
  const range = useRange();
  const setRange = useSetRange();
  const [opened, setOpened] = useState(false);
  const choose = (search: Record<string, unknown>) => {
    setRange(search);
    setOpened(false);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton
          className={bar.search}
          onClick={() => setOpened(!opened)}
          aria-haspopup="dialog"
          aria-expanded={opened}
          aria-label={`Time range: ${range.label}`}
        >
          <IconCalendar size={14} />
          <span style={{ display: 'inline' }}>{range.label}</span>
          <IconDown size={12} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={8} w={296}>
        <div className={css.presets}>
          {Object.entries(PRESETS).map(([preset, { label }]) => (
            <UnstyledButton
              key={preset}
              className={css.preset}
              data-chosen={range.key === preset}
              onClick={() => choose({ range: preset })}
            >
              {label}
            </UnstyledButton>
          ))}
          <SinceChange deployment={deployment} choose={choose} />
        </div>
        <Absolute key={range.key} start={range.at(Date.now())} choose={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

type Choose = (search: Record<string, unknown>) => void;

async function lastChange(deployment: string | undefined): Promise<string | null> {
  if (deployment !== undefined) return (await listChanges(deployment))[0]?.at ?? null;
  const loadedAt = ({ variants, updated_at }: Deployment) => [updated_at, ...variants.map(({ loaded_at }) => loaded_at ?? '')];
  return (await listDeployments()).flatMap(loadedAt).sort().at(-1) ?? null;
}

function SinceChange({ deployment, choose }: { deployment: string | undefined; choose: Choose }) {
  const { data } = useQuery({ queryKey: ['last-change', deployment], queryFn: () => lastChange(deployment) });
  if (!data) return null;
  return (
    <UnstyledButton className={css.preset} onClick={() => choose({ from: data })}>
      Since the last deploy
    </UnstyledButton>
  );
}

/** `2026-03-01T14:05:09` in local time, as the browser's own field wants it. */
function localField(ms: number): string {
  return isoTime(ms - new Date(ms).getTimezoneOffset() * 60_000).slice(0, 19);
}

function Absolute({ start, choose }: { start: Window; choose: Choose }) {
  const [from, setFrom] = useState(localField(start.fromMs));
  const [to, setTo] = useState(localField(start.toMs));
  const isValid = Date.parse(from) < Date.parse(to);
  return (
    <form
      className={css.absolute}
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) choose({ from: isoTime(Date.parse(from)), to: isoTime(Date.parse(to)) });
      }}
    >
      <label>
        From
        <input type="datetime-local" step={1} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        To
        <input type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      </label>
      <Button type="submit" size="compact-sm" variant="default" disabled={!isValid}>
        Show this range
      </Button>
    </form>
  );
}
