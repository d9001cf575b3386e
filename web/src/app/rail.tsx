import { Tooltip, UnstyledButton } from '@mantine/core';
import IconBook from '@tabler/icons-react/dist/esm/icons/IconBook2.mjs';
import IconModels from '@tabler/icons-react/dist/esm/icons/IconBox.mjs';
import IconExperiments from '@tabler/icons-react/dist/esm/icons/IconFlask.mjs';
import IconOverview from '@tabler/icons-react/dist/esm/icons/IconLayoutDashboard.mjs';
import IconRail from '@tabler/icons-react/dist/esm/icons/IconLayoutSidebar.mjs';
import IconPredictions from '@tabler/icons-react/dist/esm/icons/IconListSearch.mjs';
import IconDeployments from '@tabler/icons-react/dist/esm/icons/IconRocket.mjs';
import { Link, type LinkProps, useLocation, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Status } from '@/components/status.tsx';
import { getStatus } from '@/lib/api/platform.ts';
import { useLive } from '@/lib/live.ts';
import { useRailNarrow, writeRailNarrow } from '@/lib/settings.ts';
import { rangeSearch } from '@/lib/time-range.ts';
import css from './shell.module.css';

const PAGES = [
  { to: '/', name: 'Overview', icon: <IconOverview size={17} stroke={1.7} /> },
  { to: '/deployments', name: 'Deployments', icon: <IconDeployments size={17} stroke={1.7} /> },
  { to: '/predictions', name: 'Predictions', icon: <IconPredictions size={17} stroke={1.7} /> },
  { to: '/experiments', name: 'Experiments', icon: <IconExperiments size={17} stroke={1.7} /> },
  { to: '/models', name: 'Models', icon: <IconModels size={17} stroke={1.7} /> },
] as const satisfies readonly { to: LinkProps['to']; name: string; icon: ReactNode }[];

export function Rail() {
  const narrow = useRailNarrow();
  const range = rangeSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const isOfRuns = useLocation({ select: ({ pathname }) => /^\/(?:runs|compare|logged-models)(?:\/|$)/u.test(pathname) });
  return (
    <nav className={css.rail} data-narrow={narrow} aria-label="Pages">
      <Link to="/" search={range} className={css.brand} aria-label="Trainyard, overview">
        <img src="/favicon.svg" alt="" width={22} height={22} />
        <span className={css.word}>Trainyard</span>
      </Link>
      {PAGES.map(({ to, name, icon }) => (
        <Tooltip key={to} label={name} position="right" disabled={!narrow}>
          <Link
            to={to}
            search={range}
            className={css.item}
            activeOptions={{ exact: to === '/', includeSearch: false }}
            data-within={to === '/experiments' && isOfRuns}
            aria-label={name}
          >
            {icon}
            <span className={css.word}>{name}</span>
          </Link>
        </Tooltip>
      ))}
      <div className={css.foot}>
        <a className={css.item} href="/docs" aria-label="API reference">
          <IconBook size={17} stroke={1.7} />
          <span className={css.word}>API reference</span>
        </a>
        <UnstyledButton
          className={css.item}
          onClick={() => writeRailNarrow(!narrow)}
          aria-label={narrow ? 'Widen the navigation' : 'Narrow the navigation'}
        >
          <IconRail size={17} stroke={1.7} />
          <span className={css.word}>Collapse</span>
        </UnstyledButton>
        <ServerState />
      </div>
    </nav>
  );
}

function ServerState() {
  const { data, error } = useLive(['status'], getStatus);
  const [tone, word] = error
    ? (['bad', 'Unreachable'] as const)
    : data === undefined
      ? (['none', 'Connecting'] as const)
      : data.ready
        ? (['ok', 'Ready'] as const)
        : (['warn', 'Not ready'] as const);
  return (
    <div className={css.server} title={error?.message}>
      <Status tone={tone}>
        <span className={css.word}>
          {word}
          {data && <span className="muted"> · {data.version}</span>}
        </span>
      </Status>
    </div>
  );
}
