import { bindRoutes } from '#http/route.ts';
import type { RoleContext, RunningRole } from '../define-role.ts';
import { askByGet, askByPost } from './routes/ask.ts';
import type { QueryLimits } from './scan.ts';

interface GraphqlConfig {
  readonly max_root_fields: number;
  readonly max_aliases: number;
}

type Context = RoleContext<GraphqlConfig, never, 'tracking' | 'registry' | 'artifacts'>;

export async function start({ config, peers, logger }: Context): Promise<RunningRole> {
  const limits: QueryLimits = { rootFields: config.max_root_fields, aliases: config.max_aliases };
  return { routes: bindRoutes({ peers, limits, logger }, [askByGet, askByPost]), stop: async () => {} };
}
