import { mkdtemp, rm } from 'node:fs/promises';
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
