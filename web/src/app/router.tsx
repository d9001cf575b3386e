import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { VariantRole } from '#contract/events.ts';
import type { PredictionFilter } from '@/lib/api/predictions.ts';
import { model, models, version } from './routes/registry.ts';
import { type Raw, root, text } from './routes/root.tsx';
import { compare, experiment, experiments, loggedModel, loggedModels, run, runWithin } from './routes/tracking.ts';

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

const reference = createRoute({
  getParentRoute: () => root,
  path: '/redoc',
  component: lazyRouteComponent(() => import('./pages/reference.tsx'), 'ReferencePage'),
});

const tree = root.addChildren([
  overview,
  deployments,
  deployment,
  predictions,
  experiments,
  experiment,
  loggedModels,
  loggedModel,
  run,
  runWithin,
  compare,
  models,
  model,
  version,
  reference,
]);

export const makeRouter = () =>
  createRouter({ routeTree: tree, defaultPreload: 'intent', defaultPreloadDelay: 60, scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
