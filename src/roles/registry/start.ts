import { join } from 'node:path';
import { REGISTRY_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import { mlflowCaller } from '#http/mlflow/caller.ts';
import { bindRoutes } from '#http/route.ts';
import type { RoleContext, RunningRole } from '../define-role.ts';
import type { RegistryApi } from './api.ts';
import { registryApi } from './api-in-process.ts';
import { announced, Changes } from './changes.ts';
import type { RegistryDeps } from './route.ts';
import { routes } from './routes.ts';
import { registryStore, webhookStore } from './stores.ts';
import { Deliveries, type DeliveryLimits } from './webhooks/deliveries.ts';
import { keyFromFile, keyFromText, SecretBox } from './webhooks/secrets.ts';
import { Webhooks } from './webhooks/webhooks.ts';

interface RegistryConfig {
  readonly strict_sources: boolean;
  readonly source_pattern?: string | undefined;
  readonly webhooks: DeliveryLimits & { readonly allowed_schemes: readonly string[]; readonly secret_key?: string | undefined };
}

type Context = RoleContext<RegistryConfig, 'database', 'tracking'>;

export async function start(context: Context): Promise<RunningRole<RegistryApi>> {
  const { config, ports, peers, clock, signal } = context;
  const { deliveries, webhooks } = await openWebhooks(context);
  const plain = await ports.database.open(registryStore);
  const changes = new Changes(plain);
  const store = announced(plain, ports.database.readsOf(registryStore), async () => {
    changes.announce();
    await deliveries.collect();
  });
  const { tracking } = peers;
  const api = registryApi({ store, tracking, changes, clock });
  const serving = () => context.ask('serving');
  const pattern = config.source_pattern === undefined ? undefined : new RegExp(config.source_pattern);
  const sources = { strict: config.strict_sources, pattern };
  const deps: RegistryDeps = { store, tracking, changes, api, clock, webhooks, serving, sources };
  const bound = bindRoutes(deps, routes);
  return {
    routes: bound,
    api: { ...api, mlflow: mlflowCaller(bound, REGISTRY_CALLS) },
    // SQLite has one owner: whatever waits there was left by the process before.
    listening: () => void deliveries.sweep(ports.database.dialect === 'sqlite'),
    stop: async () => {
      if (signal.aborted) await deliveries.idle();
    },
  };
}

async function openWebhooks({ config, ports, platform, clock, logger, metrics, signal }: Context) {
  const limits = config.webhooks;
  const store = await ports.database.open(webhookStore);
  const file = join(platform.dataDir, 'registry', 'webhook-secrets.key');
  const secrets = new SecretBox(() =>
    limits.secret_key === undefined ? keyFromFile(file) : keyFromText(limits.secret_key, 'registry.webhooks.secret_key'),
  );
  const deliveries = new Deliveries({ store, secrets, clock, logger, metrics, signal, limits });
  const rules = { schemes: limits.allowed_schemes, allowPrivate: limits.allow_private_ips, timeoutMs: limits.timeout_ms };
  const webhooks = new Webhooks({ store, secrets, clock, rules, signal, changed: () => deliveries.forget() });
  return { deliveries, webhooks };
}
