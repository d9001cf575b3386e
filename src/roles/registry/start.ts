import { bindRoutes } from '#http/route.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Databases } from '#ports/database.ts';
import type { RunningRole } from '../define-role.ts';
import type { TrackingApi } from '../tracking/api.ts';
import type { RegistryApi } from './api.ts';
import { registryApi } from './api-in-process.ts';
import { announced, Changes } from './changes.ts';
import type { RegistryDeps } from './route.ts';
import { routes } from './routes.ts';
import { store as definition } from './store.ts';

interface Context {
  readonly config: { readonly strict_sources: boolean };
  readonly ports: { readonly database: Databases };
  readonly peers: { readonly tracking: TrackingApi };
  readonly clock: Clock;
}

export async function start({ config, ports, peers, clock }: Context): Promise<RunningRole<RegistryApi>> {
  const plain = await ports.database.open(definition);
  const changes = new Changes(plain);
  const store = announced(plain, definition.reads, changes);
  const { tracking } = peers;
  const api = registryApi({ store, tracking, changes, clock });
  const deps: RegistryDeps = { store, tracking, changes, api, clock, strictSources: config.strict_sources };
  return { routes: bindRoutes(deps, routes), api, stop: async () => {} };
}
