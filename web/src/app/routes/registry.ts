import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { type Raw, root, text } from './root.tsx';

export const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  /** `model` is how earlier versions of this page named one. */
  validateSearch: (search: Raw): { q?: string | undefined; model?: string | undefined } => ({
    q: text(search.q),
    model: text(search.model),
  }),
  beforeLoad: ({ search }) => {
    if (search.model !== undefined) throw redirect({ to: '/models/$name', params: { name: search.model }, replace: true });
  },
  component: lazyRouteComponent(() => import('../pages/registry/models.tsx'), 'ModelsPage'),
});

export const model = createRoute({
  getParentRoute: () => root,
  path: '/models/$name',
  component: lazyRouteComponent(() => import('../pages/registry/model.tsx'), 'ModelPage'),
});

export const version = createRoute({
  getParentRoute: () => root,
  path: '/models/$name/$version',
  validateSearch: (search: Raw): { path?: string | undefined } => ({ path: text(search.path) }),
  component: lazyRouteComponent(() => import('../pages/registry/version.tsx'), 'VersionPage'),
});
