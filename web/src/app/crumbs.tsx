import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useSearch } from '@tanstack/react-router';
import { Fragment, type ReactNode, useEffect } from 'react';
import { getLoggedModel } from '@/lib/api/logged-models.ts';
import { getRun } from '@/lib/api/mlflow.ts';
import { getExperiment } from '@/lib/api/tracking.ts';
import { type RangeSearch, rangeSearch } from '@/lib/time-range.ts';
import css from './shell.module.css';

const NAMES: Readonly<Record<string, string>> = {
  '': 'Overview',
  deployments: 'Deployments',
  predictions: 'Predictions',
  experiments: 'Experiments',
  runs: 'Run',
  compare: 'Compare runs',
  'logged-models': 'Logged model',
  models: 'Models',
  redoc: 'API reference',
};

/** Where one is, and the way back up. */
export function Crumbs() {
  const range = rangeSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const [section = '', name, more] = useLocation({ select: ({ pathname }) => pathname })
    .split('/')
    .slice(1)
    .map(decodeURIComponent);
  const trail = useTrail({ section, name, more, range });
  return (
    <nav className={css.crumbs} aria-label="Breadcrumb">
      {trail.map((crumb, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place in the trail is what a crumb is
        <Fragment key={i}>
          {i > 0 && <i aria-hidden="true">/</i>}
          {crumb}
        </Fragment>
      ))}
    </nav>
  );
}

interface Place {
  readonly section: string;
  readonly name: string | undefined;
  readonly more: string | undefined;
  readonly range: RangeSearch;
}

function useTrail({ section, name, more, range }: Place): ReactNode[] {
  const title = NAMES[section] ?? 'Not found';
  const here = (words: string, page?: string) => <Here words={words} page={page} />;
  if (section === 'experiments' && name !== undefined && more === 'models')
    return [<Experiments key="e" />, <ExperimentName key="x" id={name} isLink />, here('Logged models')];
  if (section === 'experiments' && name !== undefined) return [<Experiments key="e" />, <ExperimentName key="x" id={name} />];
  if (section === 'logged-models' && name !== undefined) return [<Experiments key="e" />, <ModelName key="l" id={name} />];
  if (section === 'runs' && name !== undefined) return [<Experiments key="e" />, <RunName key="r" id={name} />];
  if (section === 'compare') return [<Experiments key="e" />, here(title)];
  if (name === undefined) return [here(title)];
  if (section === 'models') {
    const models = (
      <Link to="/models" search={range}>
        {title}
      </Link>
    );
    if (more === undefined) return [models, here(name)];
    return [
      models,
      <Link key="m" className="clip" to="/models/$name" params={{ name }}>
        {name}
      </Link>,
      here(`Version ${more}`, `${name} version ${more}`),
    ];
  }
  return [
    <Link key="d" to="/deployments" search={range}>
      {title}
    </Link>,
    here(name),
  ];
}

/** The page itself, last in the trail. Its name is the browser's title, by which people find a tab or a bookmark again. */
function Here({ words, page = words }: { words: string; page?: string | undefined }) {
  useEffect(() => {
    document.title = `${page} · Trainyard`;
  }, [page]);
  return <span className="clip">{words}</span>;
}

const Experiments = () => <Link to="/experiments">Experiments</Link>;

function ExperimentName({ id, isLink = false }: { id: string; isLink?: boolean }) {
  const { data } = useQuery({ queryKey: ['experiment', id], queryFn: ({ signal }) => getExperiment(id, signal), staleTime: 60_000 });
  const name = data?.name ?? `#${id}`;
  if (!isLink) return <Here words={name} />;
  return (
    <Link className="clip" to="/experiments/$id" params={{ id }}>
      {name}
    </Link>
  );
}

function ModelName({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ['logged-model', id], queryFn: ({ signal }) => getLoggedModel(id, signal), staleTime: 60_000 });
  if (!data) return <Here words={id.slice(0, 10)} />;
  const { experiment_id, name } = data.info;
  return (
    <>
      <ExperimentName id={experiment_id} isLink />
      <i aria-hidden="true">/</i>
      <Link to="/experiments/$id/models" params={{ id: experiment_id }}>
        Logged models
      </Link>
      <i aria-hidden="true">/</i>
      <Here words={name} />
    </>
  );
}

function RunName({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ['run', id], queryFn: ({ signal }) => getRun(id, signal), staleTime: 60_000 });
  if (!data) return <Here words={id.slice(0, 8)} />;
  return (
    <>
      <ExperimentName id={data.info.experiment_id} isLink />
      <i aria-hidden="true">/</i>
      <Here words={data.info.run_name || id.slice(0, 8)} />
    </>
  );
}
