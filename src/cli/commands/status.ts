import type { Command } from 'commander';
import { table } from '../terminal/output.ts';
import { action, type Session, serverCommand } from '../terminal/server-command.ts';

interface Status {
  readonly version: string;
  readonly ready: boolean;
  readonly roles: readonly { readonly name: string; readonly state: string }[];
  readonly components: readonly { readonly name: string; readonly kind: string; readonly state: string; readonly detail: string }[];
}

/** `trainyard status`: exit code 0 when the server is ready, 1 when it is not. */
export function statusCommand(): Command {
  return serverCommand('status', 'tell how the server is; exit code 1 when it is not ready', [
    'trainyard status',
    'trainyard status --json',
  ]).action(action(status));
}

async function status({ client, out }: Session): Promise<void> {
  const found = await client.get<Status>('/api/v1/status');
  out.result(found, () => [
    `Trainyard ${found.version} at ${client.url} is ${found.ready ? 'ready' : 'not ready'}`,
    '',
    ...table(
      ['role', 'state'],
      found.roles.map(({ name, state }) => [name, state]),
    ),
    '',
    ...table(
      ['component', 'kind', 'state', 'detail'],
      found.components.map(({ name, kind, state, detail }) => [name, kind, state, detail]),
    ),
  ]);
  if (!found.ready) process.exitCode = 1;
}
