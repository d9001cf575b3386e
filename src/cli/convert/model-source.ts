import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliError, type Client } from '../terminal/client.ts';

interface Listing {
  readonly items: readonly { readonly path: string; readonly is_dir: boolean }[];
}

interface RunOutputs {
  readonly run: {
    readonly info: { readonly artifact_uri: string };
    readonly outputs?: { readonly model_outputs?: readonly { readonly model_id: string }[] };
  };
}

interface LoggedModel {
  readonly model: { readonly info: { readonly name: string; readonly artifact_uri: string } };
}

/** Where a model is on this machine: a path as given, or the files behind `models:/…` or `runs:/…` below `folder`. */
export async function localModel(client: Client, model: string, folder: string): Promise<string> {
  if (!/^(?:models|runs):\//u.test(model)) return resolve(model);
  const target = join(folder, 'model');
  await mkdir(target, { recursive: true });
  if ((await fetchFolder(client, { uri: await uriOf(client, model) }, target)) === 0)
    throw new CliError(`'${model}' holds no files.`, { exitCode: 2 });
  return target;
}

async function uriOf(client: Client, model: string): Promise<string> {
  const logged = /^models:\/(m-[^/@]+)$/u.exec(model)?.[1];
  if (logged !== undefined) return (await loggedModel(client, logged)).artifact_uri;
  if (model.startsWith('models:/')) return (await client.registry.resolve(model)).download_uri;
  const [, runId, path] = /^runs:\/+([^/]+)\/(.+?)\/?$/u.exec(model) ?? [];
  if (runId === undefined || path === undefined)
    throw new CliError(`'${model}' names no model of a run: write runs:/RUN_ID/PATH.`, { exitCode: 2 });
  return uriInRun(client, runId, path);
}

/** MLflow 3 keeps a run's models in places of their own, under the name that stands for the path. */
async function uriInRun(client: Client, runId: string, path: string): Promise<string> {
  const { run } = await client.get<RunOutputs>('/api/2.0/mlflow/runs/get', { run_id: runId });
  const below = `${run.info.artifact_uri}/${path}`;
  const { items } = await client.get<Listing>('/api/v1/artifacts/list', { uri: below });
  if (items.length > 0) return below;
  for (const { model_id } of run.outputs?.model_outputs ?? []) {
    const { name, artifact_uri } = await loggedModel(client, model_id);
    if (name === path) return artifact_uri;
  }
  throw new CliError(`Run ${runId} has no model at '${path}'.`, { exitCode: 2 });
}

async function loggedModel(client: Client, id: string): Promise<LoggedModel['model']['info']> {
  return (await client.get<LoggedModel>(`/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}`)).model.info;
}

/** @returns how many files there are */
async function fetchFolder(client: Client, { uri, path = '' }: { uri: string; path?: string }, target: string): Promise<number> {
  const { items } = await client.get<Listing>('/api/v1/artifacts/list', { uri, path });
  let files = 0;
  for (const item of items) {
    if (item.path.split('/').some((part) => part === '' || part === '.' || part === '..')) continue;
    if (item.is_dir) {
      files += await fetchFolder(client, { uri, path: item.path }, target);
      continue;
    }
    const to = join(target, item.path);
    await mkdir(dirname(to), { recursive: true });
    const { body } = await client.open(`/api/v1/artifacts/read?${new URLSearchParams({ uri, path: item.path })}`);
    await pipeline(Readable.fromWeb(body as never), createWriteStream(to, { flags: 'wx' }));
    files++;
  }
  return files;
}
