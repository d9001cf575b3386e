import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { databaseContract } from '#ports/database.contract.ts';
import { lockFolder, openSqlite } from './open.ts';

databaseContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-sqlite-'));
  return {
    connect: () => openSqlite({ path: join(folder, 'test.db') }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});

test('a folder belongs to one owner until it is released', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-lock-'));
  const release = lockFolder(folder);
  expect(release).toBeDefined();
  expect(lockFolder(folder)).toBeUndefined();
  release?.();
  const again = lockFolder(folder);
  expect(again).toBeDefined();
  again?.();
  await rm(folder, { recursive: true, force: true });
});

test.runIf(process.platform === 'linux')('the thread that reads gives way to the others, the one that writes does not', async () => {
  /** Niceness of every thread of this process: field 19 of its stat file (proc(5)). */
  const niceness = async (): Promise<number[]> => {
    const threads = await readdir('/proc/self/task');
    const stats = await Promise.all(threads.map((id) => readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')));
    return stats.filter((stat) => stat !== '').map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
  };
  const own = (await niceness()).filter((nice) => nice === 5).length;
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-nice-'));
  const databases = await openSqlite({ path: join(folder, 'test.db') });
  await databases.ping();
  expect((await niceness()).filter((nice) => nice === 5).length).toBe(own + 1);
  await databases.close();
  await rm(folder, { recursive: true, force: true });
});
