import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '#kernel/logger.ts';
import type { PythonModel, PythonModels } from '#ports/inference.ts';
import { makeOwnFolder, sweepLeftovers } from '#ports/machine/leftovers.ts';
import { ModelProcess } from './model-process.ts';

const PREFIX = 'trainyard-python-';

/** The port of Python models on child processes. Nothing is started before a model asks for it. */
export function openPythonModels({ logger }: { readonly logger: Logger }): PythonModels {
  const processes = new Set<ModelProcess>();
  let swept: Promise<void> | undefined;
  return {
    start: async ({ label, files, columns }, limits) => {
      swept ??= sweepLeftovers(PREFIX);
      await swept;
      const folder = await makeOwnFolder(PREFIX);
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

async function writeFiles(files: PythonModel['files'], folder: string): Promise<void> {
  for await (const { path, body } of files) {
    if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) continue;
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(Readable.from(body), createWriteStream(target, { flags: 'wx' }));
  }
}
