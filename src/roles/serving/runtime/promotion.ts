import type { RegistryApi } from '../../registry/api.ts';
import type { DeploymentView } from '../api.ts';
import { fail } from '../errors.ts';
import type { Deployment } from './deployment.ts';
import type { Deployments } from './deployments.ts';
import { parseReference } from './variant.ts';

/** What a promotion or rollback did. */
export interface Moved {
  readonly model: string;
  readonly alias: string;
  readonly from: string | null;
  readonly to: string;
  /** Every deployment that the alias moved. */
  readonly deployments: readonly DeploymentView[];
}

interface Why {
  readonly by: string;
  readonly reason: string;
}

/** Points the primary's alias at another version, after that version has been loaded: a broken one never goes live. */
export async function promote(
  deployments: Deployments,
  registry: RegistryApi,
  request: { name: string; version?: string | undefined } & Why,
): Promise<Moved> {
  const deployment = deployments.get(request.name);
  const { name, alias } = aliasOfPrimary(deployment);
  const live = deployment.primary.live?.model.version ?? null;
  const version = request.version ?? candidate(deployment, name);
  if (version === live) throw fail.nothingToPromote({ deployment: deployment.name, reason: `version ${version} is live already.` });
  await deployments.prepare(await registry.resolve(`models:/${encodeURIComponent(name)}/${version}`), deployment.name);
  return move(deployments, registry, { deployment, name, alias, version, action: 'promoted', by: request.by, reason: request.reason });
}

/** Points the primary's alias back at the version that it named before its last move. */
export async function rollback(deployments: Deployments, registry: RegistryApi, request: { name: string } & Why): Promise<Moved> {
  const deployment = deployments.get(request.name);
  const { name, alias } = aliasOfPrimary(deployment);
  const history = [...(await registry.aliasHistory(name, alias))].sort((a, b) => b.at_ms - a.at_ms);
  const last = history.find((change) => change.from !== null && change.from !== change.to);
  if (!last?.from) throw fail.nothingToRollBack({ deployment: deployment.name });
  await deployments.prepare(await registry.resolve(`models:/${encodeURIComponent(name)}/${last.from}`), deployment.name);
  return move(deployments, registry, {
    deployment,
    name,
    alias,
    version: last.from,
    action: 'rolled back',
    by: request.by,
    reason: request.reason,
  });
}

async function move(
  deployments: Deployments,
  registry: RegistryApi,
  to: { deployment: Deployment; name: string; alias: string; version: string; action: string } & Why,
): Promise<Moved> {
  const { deployment, name, alias, version, action, by, reason } = to;
  const from = deployment.primary.live?.model.version ?? null;
  const moved = await deployments.follow(deployment.primary.reference, { action, by, reason }, () =>
    registry.setAlias({ name, alias, version, by, reason }),
  );
  return { model: name, alias, from, to: version, deployments: moved.map((d) => d.view()) };
}

function aliasOfPrimary(deployment: Deployment): { name: string; alias: string } {
  const reference = parseReference(deployment.primary.reference);
  if (reference?.alias === undefined) throw fail.pinned({ deployment: deployment.name, model: deployment.primary.reference });
  return { name: reference.name, alias: reference.alias };
}

/** Without a version it is the shadow that moves up: it has proved itself on the same rows. */
function candidate(deployment: Deployment, name: string): string {
  const shadow = deployment.shadows.find((s) => s.model.name === name);
  if (!shadow) throw fail.nothingToPromote({ deployment: deployment.name, reason: 'it has no shadow of the same model; name a version.' });
  return shadow.model.version;
}
