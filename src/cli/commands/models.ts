import type { Command } from 'commander';
import { table } from '../terminal/output.ts';
import { action, commandGroup, type Session, serverCommand } from '../terminal/server-command.ts';

interface Alias {
  readonly alias: string;
  readonly version: string;
}

interface Model {
  readonly name: string;
  readonly last_updated_timestamp?: number | string;
  readonly latest_versions?: readonly { readonly version: string }[];
  readonly aliases?: readonly Alias[];
}

const api = '/api/2.0/mlflow';

/** `trainyard models`: registered models and their versions. */
export function modelsCommand(): Command {
  const group = commandGroup('models', 'look at registered models', ['trainyard models list', 'trainyard models show iris']);
  group.addCommand(serverCommand('list', 'registered models with their aliases', ['trainyard models list']).action(action(listModels)));
  group.addCommand(
    serverCommand('show', 'versions of a registered model, newest first', ['trainyard models show iris'])
      .argument('<name>')
      .action(action(showModel)),
  );
  return group;
}

async function listModels({ client, out }: Session): Promise<void> {
  const { registered_models = [] } = await client.get<{ registered_models?: readonly Model[] }>(`${api}/registered-models/search`, {
    max_results: 1000,
  });
  out.result(registered_models, () =>
    table(
      ['model', 'newest version', 'aliases'],
      registered_models.map((model) => [
        model.name,
        newest(model),
        (model.aliases ?? []).map(({ alias, version }) => `${alias} → ${version}`).join(', '),
      ]),
    ),
  );
}

function newest({ latest_versions = [] }: Model): string {
  return String(Math.max(0, ...latest_versions.map(({ version }) => Number(version))) || '-');
}

async function showModel({ client, out }: Session, _: Readonly<Record<string, unknown>>, name: string): Promise<void> {
  const { registered_model } = await client.get<{ registered_model: Model }>(`${api}/registered-models/get`, { name });
  const versions = await client.registry.versions(name);
  const aliases = registered_model.aliases ?? [];
  out.result({ ...registered_model, versions }, () =>
    table(
      ['version', 'aliases', 'stage', 'status', 'created', 'run', 'source'],
      versions.map((v) => [
        v.version,
        aliases
          .filter(({ version }) => version === v.version)
          .map(({ alias }) => alias)
          .join(', '),
        v.current_stage,
        v.status,
        v.creation_timestamp === undefined ? null : new Date(Number(v.creation_timestamp)).toISOString(),
        v.run_id,
        v.source,
      ]),
    ),
  );
}
