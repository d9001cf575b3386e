import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { oneOf, type Raw, root, text, texts } from './root.tsx';

const VIEWS = ['deleted', 'all'] as const;

interface ExperimentsSearch {
  readonly q?: string | undefined;
  readonly view?: (typeof VIEWS)[number] | undefined;
  readonly sort?: 'name' | 'creation_time' | undefined;
  /** Addresses of earlier versions of this page. */
  readonly experiment?: string | undefined;
  readonly run?: string | undefined;
}

export const experiments = createRoute({
  getParentRoute: () => root,
  path: '/experiments',
  validateSearch: (search: Raw): ExperimentsSearch => ({
    q: text(search.q),
    view: oneOf(search.view, VIEWS),
    sort: oneOf(search.sort, ['name', 'creation_time'] as const),
    experiment: text(search.experiment),
    run: text(search.run),
  }),
  beforeLoad: ({ search }) => {
    if (search.run !== undefined) throw redirect({ to: '/runs/$id', params: { id: search.run }, replace: true });
    if (search.experiment !== undefined) throw redirect({ to: '/experiments/$id', params: { id: search.experiment }, replace: true });
  },
  component: lazyRouteComponent(() => import('../pages/tracking/experiments.tsx'), 'ExperimentsPage'),
});

/** What the runs table shows. */
export interface RunsSearch {
  readonly filter?: string | undefined;
  /** A column's id, with `-` before it for descending. */
  readonly sort?: string | undefined;
  readonly cols?: string[] | undefined;
  readonly view?: (typeof VIEWS)[number] | undefined;
  /** All runs on one level. */
  readonly flat?: boolean | undefined;
  readonly sel?: string[] | undefined;
}

export const experiment = createRoute({
  getParentRoute: () => root,
  path: '/experiments/$id',
  validateSearch: (search: Raw): RunsSearch => ({
    filter: text(search.filter),
    sort: text(search.sort),
    cols: texts(search.cols),
    view: oneOf(search.view, VIEWS),
    flat: search.flat === true ? true : undefined,
    sel: texts(search.sel),
  }),
  component: lazyRouteComponent(() => import('../pages/tracking/experiment.tsx'), 'ExperimentPage'),
});

export const loggedModels = createRoute({
  getParentRoute: () => root,
  path: '/experiments/$id/models',
  validateSearch: (search: Raw): { q?: string | undefined; sort?: string | undefined } => ({ q: text(search.q), sort: text(search.sort) }),
  component: lazyRouteComponent(() => import('../pages/tracking/models.tsx'), 'LoggedModelsPage'),
});

export const loggedModel = createRoute({
  getParentRoute: () => root,
  path: '/logged-models/$id',
  validateSearch: (search: Raw): { path?: string | undefined } => ({ path: text(search.path) }),
  component: lazyRouteComponent(() => import('../pages/tracking/logged-model.tsx'), 'LoggedModelPage'),
});

export const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  validateSearch: (search: Raw): { tab?: 'charts' | 'artifacts' | undefined; root?: string | undefined; path?: string | undefined } => ({
    tab: oneOf(search.tab, ['charts', 'artifacts'] as const),
    root: text(search.root),
    path: text(search.path),
  }),
  component: lazyRouteComponent(() => import('../pages/tracking/run.tsx'), 'RunPage'),
});

/** How MLflow places a run. */
export const runWithin = createRoute({
  getParentRoute: () => root,
  path: '/experiments/$id/runs/$run',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/runs/$id', params: { id: params.run }, replace: true });
  },
});

export const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: (
    search: Raw,
  ): { runs?: string[] | undefined; all?: boolean | undefined; x?: string | undefined; y?: string | undefined } => ({
    runs: texts(search.runs),
    all: search.all === true ? true : undefined,
    x: text(search.x),
    y: text(search.y),
  }),
  component: lazyRouteComponent(() => import('../pages/tracking/compare.tsx'), 'ComparePage'),
});
