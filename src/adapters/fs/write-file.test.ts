import { mkdtemp, writeFile as put, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFile } from './write-file.ts';

test('a file that cannot even be made fails in the words of its place, and takes nothing of the body', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-write-'));
  try {
    await put(join(folder, 'taken'), 'before');
    let taken = 0;
    const body = (async function* () {
      taken++;
      yield Buffer.from('x');
    })();
    const translate = (error: unknown) => new Error(`no room: ${(error as NodeJS.ErrnoException).code}`);
    await expect(writeFile({ path: join(folder, 'taken'), body, expectedBytes: 1, translate })).rejects.toThrow('no room: EEXIST');
    expect([taken, await readdir(folder)]).toEqual([0, ['taken']]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
