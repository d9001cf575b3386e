import { Spotlight, type SpotlightActionData, type SpotlightFilterFunction } from '@mantine/spotlight';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { listDeployments } from '@/lib/api/deployments.ts';
import { useLive } from '@/lib/live.ts';
import { useNames } from './palette-names.ts';

const textOf = ({ label = '', description = '', keywords = '' }: SpotlightActionData): string =>
  `${label} ${description} ${typeof keywords === 'string' ? keywords : keywords.join(' ')}`.toLowerCase();

/** Every word must occur, in any order: "promote iris" finds "Promote a version of iris". */
const withAllWords: SpotlightFilterFunction = (query, groups) => {
  const words = query.toLowerCase().split(/\s+/u);
  return groups.flatMap((group): (typeof groups)[number][] => {
    if (!('actions' in group)) return [group];
    const actions = group.actions.filter((action) => words.every((word) => textOf(action).includes(word)));
    return actions.length === 0 ? [] : [{ ...group, actions }];
  });
};

interface Group {
  readonly group: string;
  readonly actions: SpotlightActionData[];
}

/** Ctrl/⌘ K: go to a page, act on a deployment, look an id up. */
export function Palette() {
  const [query, setQuery] = useState('');
  const groups = useActions(query.trim());
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      nothingFound="Nothing by that name"
      highlightQuery
      filter={withAllWords}
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={16} />,
        placeholder: 'Go to a page, promote, try a model, paste an id',
        'aria-label': 'Command',
      }}
    />
  );
}

function useActions(query: string): Group[] {
  const navigate = useNavigate();
  const { data: deployments = [] } = useLive(['deployments'], listDeployments);
  const pages: SpotlightActionData[] = [
    { id: 'overview', label: 'Overview', description: 'What is live and what needs attention', onClick: () => void navigate({ to: '/' }) },
    {
      id: 'deployments',
      label: 'Deployments',
      description: 'What serves, and how well',
      onClick: () => void navigate({ to: '/deployments' }),
    },
    { id: 'predictions', label: 'Predictions', description: 'Every scored row', onClick: () => void navigate({ to: '/predictions' }) },
    {
      id: 'experiments',
      label: 'Experiments',
      description: 'Runs with their parameters and metrics',
      onClick: () => void navigate({ to: '/experiments' }),
    },
    { id: 'models', label: 'Models', description: 'Registered models and their versions', onClick: () => void navigate({ to: '/models' }) },
    { id: 'docs', label: 'API reference', description: 'Try every endpoint', onClick: () => window.location.assign('/docs') },
  ];
  const onDeployment = (name: string): SpotlightActionData[] => [
    {
      id: `open-${name}`,
      label: `Open ${name}`,
      keywords: ['deployment'],
      onClick: () => void navigate({ to: '/deployments/$name', params: { name } }),
    },
    {
      id: `promote-${name}`,
      label: `Promote a version of ${name}`,
      onClick: () => void navigate({ to: '/deployments/$name', params: { name }, search: { change: 'promote' } }),
    },
    {
      id: `rollback-${name}`,
      label: `Roll ${name} back`,
      onClick: () => void navigate({ to: '/deployments/$name', params: { name }, search: { change: 'rollback' } }),
    },
    {
      id: `predict-${name}`,
      label: `Try ${name}`,
      keywords: ['predict'],
      onClick: () => void navigate({ to: '/deployments/$name', params: { name }, hash: 'try' }),
    },
    {
      id: `events-${name}`,
      label: `Predictions of ${name}`,
      onClick: () => void navigate({ to: '/predictions', search: { deployment: name } }),
    },
  ];
  const found = useNames(query);
  const groups = [
    { group: 'Go to', actions: pages },
    { group: 'Deployments', actions: deployments.flatMap(({ name }) => onDeployment(name)) },
    // Last, because they come a moment later and nothing may move under the choice.
    ...(found.length > 0 ? [{ group: 'Models and experiments', actions: found }] : []),
  ];
  if (!/^[\w:.-]{8,}$/u.test(query)) return groups;
  const search = { q: query, range: '30d' as const };
  const find: SpotlightActionData = {
    id: 'find',
    label: `Find prediction, request or key ${query}`,
    keywords: [query],
    onClick: () => void navigate({ to: '/predictions', search }),
  };
  return [{ group: 'Search', actions: [find] }, ...groups];
}
