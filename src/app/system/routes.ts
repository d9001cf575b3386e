import { z } from 'zod';
import type { Metrics } from '#http/metrics.ts';
import { openApi } from '#http/openapi.ts';
import { type BoundRoute, bindRoutes, defineRoute, Reply } from '#http/route.ts';
import type { Component, RunningRole } from '#roles/define-role.ts';
import { VERSION } from '../version.ts';
import type { WorkerPool } from '../workers/pool.ts';
import { workerRoutes } from '../workers/routes/workers.ts';

export interface RoleState {
  readonly name: string;
  readonly state: 'starting' | 'running';
  running(): RunningRole | undefined;
}

interface Deps {
  readonly states: readonly RoleState[];
  readonly metrics: Metrics;
  readonly routes: () => readonly BoundRoute[];
  readonly url: () => string;
  /** What the program itself reports beside its roles. */
  readonly components: () => Promise<readonly Component[]>;
  /** Where several processes answer predictions. */
  readonly workers: WorkerPool | undefined;
}

const Nothing = z.object({});
const route = defineRoute<Deps>();

const livez = route({
  method: 'GET',
  path: '/livez',
  summary: 'Whether the process answers at all',
  access: 'public',
  tag: 'system',
  input: Nothing,
  handle: () => ({ live: true }),
});

const readyz = route({
  method: 'GET',
  path: '/readyz',
  summary: 'Whether every role can do its work: 503 with the reasons where one cannot',
  access: 'public',
  tag: 'system',
  input: Nothing,
  handle: (deps) => {
    const reasons = unready(deps);
    return new Reply(
      reasons.length === 0 ? 200 : 503,
      { ready: reasons.length === 0, reasons },
      reasons.length === 0 ? {} : { 'retry-after': '1' },
    );
  },
});

const health = route({
  method: 'GET',
  path: '/health',
  summary: 'State of the process; text OK where only tracking roles run, as MLflow answers',
  access: 'public',
  tag: 'system',
  input: Nothing,
  handle: (deps) => {
    const { states } = deps;
    if (!states.some((s) => s.name === 'serving')) return new Reply(200, 'OK', { 'content-type': 'text/plain' });
    const reasons = unready(deps);
    const details = Object.assign({}, ...states.map((s) => s.running()?.health?.() ?? {}));
    return {
      status: reasons.length === 0 ? 'healthy' : 'warning',
      timestamp: new Date().toISOString(),
      version: VERSION,
      ready: reasons.length === 0,
      reasons,
      ...details,
    };
  },
});

const metricsPage = route({
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics as Prometheus text, or OpenMetrics where the Accept header asks for it',
  access: 'viewer',
  tag: 'system',
  input: Nothing,
  handle: async ({ metrics, workers }, _, { headers }) => {
    const open = headers.accept?.includes('application/openmetrics-text') ?? false;
    const type = open ? 'application/openmetrics-text; version=1.0.0; charset=utf-8' : 'text/plain; version=0.0.4; charset=utf-8';
    return new Reply(200, metrics.render(open, await workers?.counted()), { 'content-type': type });
  },
});

const status = route({
  method: 'GET',
  path: '/api/v1/status',
  summary: 'Version, roles and components with their states',
  access: 'viewer',
  tag: 'system',
  input: Nothing,
  handle: async ({ states, workers, components }) => ({
    version: VERSION,
    ready: unready({ states, workers }).length === 0,
    reasons: unready({ states, workers }),
    roles: states.map(({ name, state }) => ({ name, state })),
    components: [
      ...(await components()),
      ...states.flatMap((s) => s.running()?.components?.() ?? []),
      ...(workers ? [workers.component()] : []),
    ],
    ...(workers ? { workers: workers.views() } : {}),
  }),
});

const openapi = route({
  method: 'GET',
  path: '/openapi.json',
  summary: 'This API as OpenAPI 3.1',
  access: 'public',
  tag: 'system',
  input: Nothing,
  handle: ({ routes, states }) =>
    openApi({ version: VERSION, routes: routes(), extra: Object.assign({}, ...states.map((s) => s.running()?.openApiPaths?.() ?? {})) }),
});

/** Endpoints of the program itself, whatever roles run. */
export function systemRoutes(deps: Deps): BoundRoute[] {
  return [...bindRoutes(deps, [livez, readyz, health, metricsPage, status, openapi]), ...workerRoutes(deps.workers)];
}

function unready({ states, workers }: Pick<Deps, 'states' | 'workers'>): string[] {
  const ofRoles = states.flatMap((s) => (s.state === 'starting' ? [`role ${s.name} is starting`] : [...(s.running()?.unready?.() ?? [])]));
  return [...ofRoles, ...(workers?.unready() ?? [])];
}
