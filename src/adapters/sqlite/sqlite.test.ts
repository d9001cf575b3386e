import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LogFields, silentLogger } from '#kernel/logger.ts';
import { databaseContract } from '#ports/database.contract.ts';
import { store as sampleStore } from '#test/fixtures/sample-store.ts';
import { store as oneThreadStore } from '#test/fixtures/sample-store-of-one-thread.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { lockFolder, openSqlite } from './open.ts';

for (const [name, readerAfterMs] of [
  ['sqlite', 0],
  ['sqlite, before its reader is there', 60_000],
] as const)
  databaseContract(name, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-sqlite-'));
    return {
      connect: () => openSqlite({ path: join(folder, 'test.db'), readerAfterMs }),
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

test.runIf(process.platform === 'linux')(
  'a thread that reads comes when calls wait for each other, and gives way to the others',
  async () => {
    /** Threads of this process that give way: field 19 of their stat files (proc(5)). */
    const nice = async (): Promise<Set<string>> => {
      const threads = await readdir('/proc/self/task');
      const stats = await Promise.all(threads.map((id) => readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')));
      return new Set(threads.filter((_, i) => stats[i]?.slice(stats[i].lastIndexOf(')') + 2).split(' ')[16] === '5'));
    };
    const before = await nice();
    const come = async (): Promise<number> => [...(await nice())].filter((id) => !before.has(id)).length;
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-nice-'));
    const databases = await openSqlite({ path: join(folder, 'test.db'), readerAfterMs: 1 });
    const store = await databases.open(sampleStore);
    for (let i = 0; i < 20; i++) await store.idsLike('%');
    expect(await come()).toBe(0);
    const crowd = () => Promise.all(Array.from({ length: 10 }, () => store.idsLike('%')));
    await waitFor('the thread', async () => {
      await crowd();
      return (await come()) === 1;
    });
    await databases.close();
    await rm(folder, { recursive: true, force: true });
  },
);

test('a store that the reading thread cannot load is read by the other one, and the log says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-sqlite-'));
  const told: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: LogFields) => void told.push(fields) };
  const databases = await openSqlite({ path: join(folder, 'test.db'), readerAfterMs: 0, logger });
  const store = await databases.open(oneThreadStore);
  expect(told).toEqual([{ store: 'sample', error: expect.stringContaining('this store is of one thread') }]);
  await store.put({ id: 'a', value: 1, big: '1', note: '', missing: null });
  expect(await store.get('a')).toMatchObject({ id: 'a' });
  await databases.close();
  await rm(folder, { recursive: true, force: true });
});
