import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '#kernel/logger.ts';
import type { PythonModel, PythonModels } from '#ports/inference.ts';
import { ModelProcess } from './model-process.ts';

const PREFIX = 'trainyard-python-';

/** The port of Python models on child processes. Nothing is started before a model asks for it. */
export function openPythonModels({ logger }: { readonly logger: Logger }): PythonModels {
  const processes = new Set<ModelProcess>();
  let swept: Promise<void> | undefined;
  return {
    start: async ({ label, files, columns }, limits) => {
      swept ??= sweep();
      await swept;
      const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
      let made: ModelProcess | undefined;
      const onClose = async (): Promise<void> => {
        if (made) processes.delete(made);
        await rm(folder, { recursive: true, force: true });
      };
      try {
        await writeFiles(files, folder);
      } catch (error) {
        await onClose();
        throw error;
      }
      made = await ModelProcess.start({ label, folder, columns, limits, logger, onClose });
      processes.add(made);
      return made;
    },
    close: async () => {
      await Promise.all([...processes].map((process) => process.close()));
    },
  };
}

/** Removes what programs left behind that ended without a word; folders carry the number of the process that made them. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function writeFiles(files: PythonModel['files'], folder: string): Promise<void> {
  for await (const { path, body } of files) {
    if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) continue;
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(Readable.from(body), createWriteStream(target, { flags: 'wx' }));
  }
}
