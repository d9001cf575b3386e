import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { readTar } from '#kernel/tar.ts';
import { CliError, type Client } from '../terminal/client.ts';
import { action, commandGroup, type Session, serverCommand } from '../terminal/server-command.ts';

/** `trainyard export`: takes things out of the platform. */
export function exportCommand(): Command {
  const examples = ['trainyard export model iris@production --dir iris', 'trainyard export model iris/3 --dir iris'];
  const group = commandGroup('export', 'take a model out, to run it elsewhere', examples);
  group.addCommand(
    serverCommand('model', 'write a model version into a folder: ONNX file, signature, example, metrics, README with code', examples)
      .argument('<reference>', 'NAME@alias or NAME/version')
      .requiredOption('--dir <folder>', 'where to put it; must not be there yet, or be empty')
      .option('--force', 'replace what is in the folder')
      .action(action(exportModel)),
  );
  return group;
}

async function exportModel({ client, out }: Session, raw: Readonly<Record<string, unknown>>, reference: string): Promise<void> {
  const folder = resolve(String(raw['dir']));
  const query = queryOf(reference);
  if (raw['force'] !== true && (await namesIn(folder)).length > 0)
    throw new CliError(`The folder '${folder}' is not empty.`, { hint: 'Name another one, or replace it with --force.', exitCode: 2 });
  const temporary = join(dirname(folder), `.${basename(folder)}.${process.pid}.part`);
  try {
    const { version, files } = await fetchInto(client, query, temporary);
    await moveTo(temporary, folder);
    out.result({ reference, version, folder, files }, () => [`${reference} (version ${version}): ${files.length} files in ${folder}`]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @throws CliError for what names no version */
function queryOf(reference: string): URLSearchParams {
  const [, name, alias, version] = /^(?:models:\/)?([^/@]+)(?:@([^/@]+)|\/(\d+))$/u.exec(reference) ?? [];
  if (name === undefined)
    throw new CliError(`'${reference}' names no version: write NAME@alias, such as iris@production, or NAME/3.`, { exitCode: 2 });
  return new URLSearchParams({ name, ...(alias === undefined ? { version: version ?? '' } : { alias }) });
}

/** Names in a folder; none where there is no folder. @throws CliError where it is a file */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new CliError(`'${folder}' cannot be used: ${code === 'ENOTDIR' ? 'it is a file' : (error as Error).message}.`, { exitCode: 2 });
  }
}

async function fetchInto(client: Client, query: URLSearchParams, folder: string): Promise<{ version: string; files: string[] }> {
  const response = await client.open(`/api/v1/registry/export?${query}`);
  const files: string[] = [];
  try {
    for await (const { path, body } of readTar(response.body as unknown as AsyncIterable<Uint8Array>)) {
      const target = placeIn(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await pipeline(Readable.from(body), createWriteStream(target, { flags: 'wx' }));
      files.push(path);
    }
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`The export did not come through: ${(error as Error).message}`);
  }
  return { version: response.headers.get('x-model-version') ?? '', files };
}

/** Names in an archive never lead out of the folder. */
function placeIn(folder: string, path: string): string {
  const parts = path.split('/');
  if (path.includes('\\') || path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new CliError(`The archive holds a file with the name '${path}', which is not taken.`);
  return join(folder, ...parts);
}

/** The folder is there as a whole or as it was. */
async function moveTo(temporary: string, folder: string): Promise<void> {
  const old = `${temporary}.old`;
  const replaced = await rename(folder, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(temporary, folder);
  } catch (error) {
    if (replaced) await rename(old, folder);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
