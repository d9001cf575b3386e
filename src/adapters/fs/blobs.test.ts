import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { putFailure } from '#ports/blob-errors.ts';
import { blobsContract, type OpenedBlobs } from '#ports/blobs.contract.ts';
import { openFileBlobs } from './blobs.ts';

async function opened(): Promise<OpenedBlobs & { dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'blobs-'));
  const blobs = await openFileBlobs({ root: join(dir, 'store') });
  return {
    dir,
    blobs,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      await rm(dir, { recursive: true });
    },
  };
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

blobsContract('files', opened);

describe('the folder of blobs', () => {
  test.each(['', '/etc/passwd', '../x', 'a/../../x', 'a/..', './a', 'a/./b', 'a\0b', 'a\\b', 'a//b', 'a/', '.uploads/x'])(
    'the key %j is refused',
    async (key) => {
      await using store = await opened();
      const refused = { name: 'BLOB_KEY_INVALID' };
      await expect(store.blobs.put(key, one('x'))).rejects.toMatchObject(refused);
      await expect(Array.fromAsync(store.blobs.get(key))).rejects.toMatchObject(refused);
      await expect(store.blobs.whole?.(key, 9)).rejects.toMatchObject(refused);
      await expect(store.blobs.stat(key)).rejects.toMatchObject(refused);
      await expect(store.blobs.delete(key)).rejects.toMatchObject(refused);
    },
  );

  test('a folder of more files than are looked up at once is listed whole', async () => {
    await using store = await opened();
    const names = Array.from({ length: 600 }, (_, i) => `many/f${i}`);
    for (const name of names) await store.blobs.put(name, one('x'));
    await store.blobs.put('many/below/a', one('x'));
    const listed = await Array.fromAsync(store.blobs.entries('many/'), (each) => ('folder' in each ? each.folder : each.key));
    expect(listed.toSorted()).toEqual([...names, 'many/below/'].toSorted());
  });

  test('a link that leads out of the folder is not followed, for reading or writing', async () => {
    await using store = await opened();
    const outside = join(store.dir, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(outside, join(store.dir, 'store', 'link'));
    const refused = { name: 'BLOB_KEY_INVALID' };
    await expect(Array.fromAsync(store.blobs.get('link/secret'))).rejects.toMatchObject(refused);
    await expect(store.blobs.whole?.('link/secret', 9)).rejects.toMatchObject(refused);
    await symlink(join(outside, 'secret'), join(store.dir, 'store', 'file'));
    await expect(store.blobs.whole?.('file', 9)).rejects.toMatchObject(refused);
    await expect(store.blobs.put('link/deep/new', one('x'))).rejects.toMatchObject(refused);
    await expect(store.blobs.delete('link/secret')).rejects.toMatchObject(refused);
    expect(await Array.fromAsync(store.blobs.list(''))).toEqual([]);
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test('a size that was told and is wrong does no harm', async () => {
    await using store = await opened();
    const part = 'x'.repeat(70_000);
    const parts = async function* () {
      for (const each of ['a', part, part, 'z']) yield* one(each);
    };
    for (const expected of [1, 100_000, 5_000_000]) {
      expect(await store.blobs.put('told', parts(), expected)).toBe(140_002);
      expect(Buffer.from((await store.blobs.whole?.('told', 200_000))?.bytes ?? []).toString()).toBe(`a${part}${part}z`);
    }
  });

  test('a pipe, a folder and a circle of links under a name hold nobody up', async () => {
    await using store = await opened();
    const at = (name: string): string => join(store.dir, 'store', name);
    execFileSync('mkfifo', [at('pipe')]);
    await mkdir(at('folder'));
    await symlink('circle', at('circle'));
    await symlink('inside', at('link'));
    await writeFile(at('inside'), 'x');
    expect(await store.blobs.whole?.('pipe', 9)).toBeUndefined();
    expect(await store.blobs.whole?.('folder', 9)).toBeUndefined();
    await expect(store.blobs.whole?.('circle', 9)).rejects.toMatchObject({ name: 'BLOB_KEY_INVALID' });
    expect(await store.blobs.whole?.('link', 9)).toMatchObject({ size: 1 });
  });

  test('unfinished uploads of dead processes are removed when the folder is opened, those of living ones are not', async () => {
    await using store = await opened();
    const uploads = join(store.dir, 'store', '.uploads');
    const host = hostname().replace(/[^\w-]/g, '_');
    const alive = `${host}.${process.ppid}.b.part`;
    for (const name of [`${host}.999999999.a.part`, alive, 'elsewhere.7.c.part']) await writeFile(join(uploads, name), 'half');
    await openFileBlobs({ root: join(store.dir, 'store') });
    expect((await readdir(uploads)).sort()).toEqual([alive, 'elsewhere.7.c.part'].sort());
  });

  test('deleting the last file removes the folders that held it', async () => {
    await using store = await opened();
    await store.blobs.put('a/b/c', one('x'));
    await store.blobs.delete('a/b/c');
    expect(await readdir(join(store.dir, 'store'))).toEqual(['.uploads']);
  });

  test('a file cannot stand where a folder is needed, nor under a name that is too long', async () => {
    await using store = await opened();
    for (const key of ['x'.repeat(256), `${'y'.repeat(256)}/z`]) {
      await expect(store.blobs.put(key, one('x'))).rejects.toMatchObject({ name: 'BLOB_KEY_INVALID' });
      expect(await store.blobs.stat(key)).toBeUndefined();
      await store.blobs.delete(key);
    }
    await store.blobs.put('a/b', one('x'));
    await expect(store.blobs.put('a', one('x'))).rejects.toMatchObject({ name: 'BLOB_KEY_CONFLICT' });
    await expect(store.blobs.put('a/b/c', one('x'))).rejects.toMatchObject({ name: 'BLOB_KEY_CONFLICT' });
    expect(await readdir(join(store.dir, 'store', '.uploads'))).toEqual([]);
  });

  test('a full disk is told as such', () => {
    const error = putFailure(Object.assign(new Error('no space'), { code: 'ENOSPC' }), { key: 'k', root: '/data' });
    expect(error).toMatchObject({ name: 'BLOB_STORE_FULL', message: expect.stringContaining('Free disk space') });
  });

  test('the root is a URI that a person can follow', async () => {
    await using store = await opened();
    expect(store.blobs.root).toMatch(/^file:\/\/\//);
    expect(store.blobs.root).toBe(pathToFileURL(join(store.dir, 'store')).href);
  });
});
