import { ActionIcon, Menu, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconMoon from '@tabler/icons-react/dist/esm/icons/IconMoon.mjs';
import IconPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import IconSun from '@tabler/icons-react/dist/esm/icons/IconSun.mjs';
import { useLocation } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { Status } from '@/components/status.tsx';
import { getStatus } from '@/lib/api/platform.ts';
import { useLive } from '@/lib/live.ts';
import { useClock, usePaused, writeClock, writePaused } from '@/lib/settings.ts';
import { Crumbs } from './crumbs.tsx';
import { RangePicker } from './range-picker.tsx';
import css from './shell.module.css';

/** Pages whose numbers depend on the time range. */
const WITH_RANGE = new Set(['', 'deployments', 'predictions']);

export function TopBar() {
  const [section = '', name] = useLocation({ select: ({ pathname }) => pathname })
    .split('/')
    .slice(1)
    .map(decodeURIComponent);
  return (
    <header className={css.bar}>
      <Crumbs />
      <div className="row end">
        <UnstyledButton className={css.search} onClick={spotlight.open} aria-label="Open the command palette">
          <IconSearch size={14} />
          <span>Go to, promote, search an id</span>
          <kbd>Ctrl K</kbd>
        </UnstyledButton>
        {WITH_RANGE.has(section) && <RangePicker deployment={section === 'deployments' ? name : undefined} />}
        <LiveSwitch />
        <ClockMenu />
        <SchemeSwitch />
      </div>
    </header>
  );
}

function LiveSwitch() {
  const paused = usePaused();
  const { error, dataUpdatedAt } = useLive(['status'], getStatus);
  if (error) {
    return (
      <span className={css.search} role="status" title={error.message}>
        <Status tone="bad">
          Not updated since <Ago time={dataUpdatedAt} />
        </Status>
      </span>
    );
  }
  return (
    <Tooltip label={paused ? 'Updates are paused. Resume' : 'Updates every few seconds. Pause'}>
      <UnstyledButton
        className={css.search}
        onClick={() => writePaused(!paused)}
        aria-pressed={paused}
        aria-label={paused ? 'Resume live updates' : 'Pause live updates'}
      >
        {paused ? <IconPlay size={13} /> : <IconPause size={13} />}
        <Status tone={paused ? 'none' : 'ok'}>{paused ? 'Paused' : 'Live'}</Status>
      </UnstyledButton>
    </Tooltip>
  );
}

function ClockMenu() {
  const clock = useClock();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={`Times are ${clock === 'utc' ? 'UTC' : 'local'}. Change`}>
          <IconClock size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Times are shown in</Menu.Label>
        <Menu.Item onClick={() => writeClock('local')} rightSection={clock === 'local' ? '✓' : undefined}>
          Local time
        </Menu.Item>
        <Menu.Item onClick={() => writeClock('utc')} rightSection={clock === 'utc' ? '✓' : undefined}>
          UTC
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip label={`Switch to ${other}`}>
      <ActionIcon variant="subtle" color="gray" size={30} onClick={() => setColorScheme(other)} aria-label={`Switch to ${other}`}>
        {scheme === 'dark' ? <IconSun size={16} /> : <IconMoon size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}
