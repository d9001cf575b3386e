import type { Command } from 'commander';
import { CliError } from '../terminal/client.ts';
import { table } from '../terminal/output.ts';
import { action, list, type Session, serverCommand } from '../terminal/server-command.ts';

interface Variant {
  readonly role: string;
  readonly model: string;
  readonly version: string | null;
  readonly desired_version: string | null;
  readonly state: string;
  readonly error?: string;
  readonly detail?: string;
  readonly weight?: number;
}

interface Deployment {
  readonly name: string;
  readonly is_default?: boolean;
  readonly variants: readonly Variant[];
}

const path = (name: string): string => `/api/v1/deployments/${encodeURIComponent(name)}`;

/** `trainyard deploy`: shows, makes, changes or removes a deployment. */
export function deployCommand(): Command {
  const examples = [
    'trainyard deploy',
    'trainyard deploy iris --primary models:/iris@production --shadow models:/iris@shadow --default',
    'trainyard deploy iris --remove',
  ];
  return serverCommand('deploy', 'show deployments, or make, change or remove one', examples)
    .argument('[name]', 'deployment')
    .option('--primary <model>', 'model that answers, such as models:/iris@production')
    .option('--shadow <models>', 'models that answer unseen', list)
    .option('--default', 'make it the deployment that answers /predict')
    .option('--reason <text>', 'why, for the history')
    .option('--remove', 'remove the deployment')
    .action(action(deploy));
}

interface DeployOptions {
  readonly primary?: string;
  readonly shadow?: readonly string[];
  readonly default?: boolean;
  readonly reason?: string;
  readonly remove?: boolean;
}

async function deploy({ client, out }: Session, raw: Readonly<Record<string, unknown>>, name: string | undefined): Promise<void> {
  const options = raw as DeployOptions;
  if (name === undefined) {
    const { items } = await client.get<{ items: readonly Deployment[] }>('/api/v1/deployments');
    return out.result(items, () => deploymentLines(items));
  }
  if (options.remove) {
    await client.delete(path(name));
    return out.result({ removed: name }, () => [`deployment ${name} was removed`]);
  }
  if (options.primary === undefined) {
    if (options.shadow) throw new CliError('Name the model that answers with --primary.', { exitCode: 2 });
    const found = await client.get<Deployment>(path(name));
    return out.result(found, () => deploymentLines([found]));
  }
  const variants = [{ role: 'primary', model: options.primary }, ...(options.shadow ?? []).map((model) => ({ role: 'shadow', model }))];
  const change = {
    variants,
    ...(options.default ? { default: true } : {}),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  const changed = await client.put<Deployment>(path(name), change);
  out.result(changed, () => deploymentLines([changed]));
  const failed = changed.variants.find(({ state }) => state === 'failed');
  if (failed) throw new CliError(`${failed.model} does not answer: ${failed.error ?? 'its state is failed'}`);
}

function deploymentLines(items: readonly Deployment[]): string[] {
  return table(
    ['deployment', 'role', 'model', 'version', 'state', 'note'],
    items.flatMap(({ name, is_default, variants }) =>
      variants.map((v) => {
        const moving = v.version !== v.desired_version && v.desired_version !== null ? `version ${v.desired_version} is wanted` : '';
        const notes = [
          v.role === 'primary' && is_default ? 'default' : '',
          moving,
          v.error ?? '',
          v.detail ?? '',
          v.weight === undefined ? '' : `weight ${v.weight}`,
        ];
        return [name, v.role, v.model, v.version, v.state, notes.filter((note) => note !== '').join('; ')];
      }),
    ),
  );
}

/** `trainyard promote`: moves the alias that a deployment's primary names. */
export function promoteCommand(): Command {
  return serverCommand('promote', "move the alias that a deployment's primary names to another version", [
    'trainyard promote iris --version 4 --reason "better on September"',
  ])
    .argument('<deployment>', 'deployment')
    .option('--version <n>', "version to promote (default: the shadow's)")
    .option('--reason <text>', 'why, for the history')
    .action(action((session, options, name: string) => move(session, `${path(name)}/promote`, options)));
}

/** `trainyard rollback`: restores the version that was live before the last change. */
export function rollbackCommand(): Command {
  return serverCommand('rollback', 'restore the version that was live before the last change', [
    'trainyard rollback iris --reason "errors since noon"',
  ])
    .argument('<deployment>', 'deployment')
    .option('--reason <text>', 'why, for the history')
    .action(action((session, options, name: string) => move(session, `${path(name)}/rollback`, options)));
}

async function move({ client, out }: Session, target: string, { version, reason }: Readonly<Record<string, unknown>>): Promise<void> {
  const body = { ...(version === undefined ? {} : { version }), reason: reason ?? 'from the command line' };
  const moved = await client.post<Moved>(target, body);
  out.result(moved, () => [
    `models:/${moved.model}@${moved.alias}: version ${moved.from ?? 'none'} → ${moved.to}`,
    ...deploymentLines(moved.deployments),
  ]);
}

/** An alias that was moved, and all deployments that it moved. */
interface Moved {
  readonly model: string;
  readonly alias: string;
  readonly from: string | null;
  readonly to: string;
  readonly deployments: readonly Deployment[];
}
