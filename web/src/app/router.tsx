import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { VariantRole } from '#contract/events.ts';
import type { PredictionFilter } from '@/lib/api/predictions.ts';
import { type RangeSearch, rangeSearch } from '@/lib/time-range.ts';
import { PageFailed, PageMissing } from './page-failed.tsx';
import { Shell } from './shell.tsx';

type Raw = Record<string, unknown>;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

const root = createRootRoute({
  component: Shell,
  notFoundComponent: PageMissing,
  errorComponent: PageFailed,
  validateSearch: (search: Raw): RangeSearch => rangeSearch(search),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'OverviewPage'),
});

const deployments = createRoute({
  getParentRoute: () => root,
  path: '/deployments',
  component: lazyRouteComponent(() => import('./pages/deployments.tsx'), 'DeploymentsPage'),
});

const deployment = createRoute({
  getParentRoute: () => root,
  path: '/deployments/$name',
  validateSearch: (search: Raw): { change?: 'promote' | 'rollback' | undefined; to_version?: string | undefined } => ({
    change: search.change === 'promote' || search.change === 'rollback' ? search.change : undefined,
    to_version: text(search.to_version),
  }),
  component: lazyRouteComponent(() => import('./pages/deployment.tsx'), 'DeploymentPage'),
});

/** Filters of the explorer and the event that is open beside the list. */
export interface PredictionSearch extends PredictionFilter {
  readonly id?: string | undefined;
}

function predictionSearch(search: Raw): PredictionSearch {
  const variant = ['primary', 'shadow', 'canary'].find((role) => role === search.variant) as VariantRole | undefined;
  const status = search.status === 'ok' || search.status === 'error' ? search.status : undefined;
  const { deployment, version, label, q, id } = search;
  return { deployment: text(deployment), variant, version: text(version), status, label: text(label), q: text(q), id: text(id) };
}

const predictions = createRoute({
  getParentRoute: () => root,
  path: '/predictions',
  validateSearch: predictionSearch,
  component: lazyRouteComponent(() => import('./pages/predictions.tsx'), 'PredictionsPage'),
});

const experiments = createRoute({
  getParentRoute: () => root,
  path: '/experiments',
  validateSearch: (search: Raw): { experiment?: string | undefined; run?: string | undefined } => ({
    experiment: text(search.experiment),
    run: text(search.run),
  }),
  component: lazyRouteComponent(() => import('./pages/experiments.tsx'), 'ExperimentsPage'),
});

const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  validateSearch: (search: Raw): { model?: string | undefined } => ({ model: text(search.model) }),
  component: lazyRouteComponent(() => import('./pages/models.tsx'), 'ModelsPage'),
});

const reference = createRoute({
  getParentRoute: () => root,
  path: '/redoc',
  component: lazyRouteComponent(() => import('./pages/reference.tsx'), 'ReferencePage'),
});

const tree = root.addChildren([overview, deployments, deployment, predictions, experiments, models, reference]);

export const makeRouter = () =>
  createRouter({ routeTree: tree, defaultPreload: 'intent', defaultPreloadDelay: 60, scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
