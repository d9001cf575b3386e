import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Metrics } from '#http/metrics.ts';
import { TestClock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { ResolvedVersion } from '../../registry/api.ts';
import { ServingMetrics } from '../metrics.ts';
import type { ModelFiles } from './kept-files.ts';
import { ModelCache } from './model-cache.ts';

const notFound = new KnownError({ code: 'X_NOT_FOUND', status: 404, message: () => 'no such thing' }, {});

/** A registry and a store with one model, whose alias names the version that is set. */
function upstream() {
  const state = { version: '1', isDown: false, content: (version: string) => `content of ${version}` };
  const ask = async <R>(answer: () => R): Promise<R> => {
    if (state.isDown) throw new Error('connection refused');
    return answer();
  };
  const resolve = (reference: string) =>
    ask(() => {
      if (reference !== 'models:/m@live') throw notFound;
      return { name: 'm', version: state.version, download_uri: `at/${state.version}` } as ResolvedVersion;
    });
  const body = (uri: string) => Buffer.from(state.content(uri.slice(3)));
  const artifacts: ModelFiles = {
    read: (uri, path) =>
      ask(() => {
        if (path !== 'model') throw notFound;
        return body(uri);
      }),
    get: (uri) =>
      ask(async function* () {
        yield body(uri);
      }).then((stream) => stream),
    list: () => ask(() => [{ path: 'model', is_dir: false, file_size: 1 }]),
  };
  return { state, registry: { resolve }, artifacts };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = new TestClock();
const { state, ...sources } = upstream();
beforeEach(() => {
  state.isDown = false;
  state.version = '1';
  state.content = (version) => `content of ${version}`;
});

const opened = (maxBytes = 1e6): Promise<ModelCache> =>
  ModelCache.open({ folder, maxBytes, ...sources, metrics: new ServingMetrics(new Metrics()), clock, logger: silentLogger });

/** Loads as serving does: by reading, by streaming, and by asking for what is not there. */
async function deployed(cache: ModelCache): Promise<string> {
  const { value: resolved } = await cache.resolve('models:/m@live');
  const { value } = await cache.load(resolved, async (files) => {
    const uri = resolved.download_uri;
    await expect(files.read(uri, 'extra', 100)).rejects.toMatchObject({ spec: { status: 404 } });
    const [first] = await files.list(uri);
    const parts = await Array.fromAsync(await files.get(uri, 'streamed'));
    return `${first?.path}: ${Buffer.from(await files.read(uri, 'model', 100)).toString()}, ${Buffer.concat(parts).toString()}`;
  });
  await cache.keep('models:/m@live', resolved);
  return value;
}

test('what was deployed is told and loaded again by another process while nobody answers', async () => {
  const told = await deployed(await opened());
  expect(told).toBe('model: content of 1, content of 1');
  state.isDown = true;
  const later = await opened();
  expect(await deployed(later)).toBe(told);
  expect(later.isDegraded).toBe(true);
  await expect(later.resolve('models:/other@live')).rejects.toThrow('connection refused');
  state.isDown = false;
  state.version = '2';
  clock.advance(2000);
  expect(await deployed(later)).toBe('model: content of 2, content of 2');
  expect(later.isDegraded).toBe(false);
});

test('an answer is no outage: what the registry does not know is not served from what it knew', async () => {
  const cache = await opened();
  await deployed(cache);
  await expect(cache.resolve('models:/gone@live')).rejects.toBe(notFound);
  expect(cache.component()).toMatchObject({ state: 'ok' });
});

test('contents that changed on disk, and half written ones, are never served', async () => {
  await deployed(await opened());
  for (const name of await readdir(join(folder, 'files'))) await writeFile(join(folder, 'files', name), 'content of 9');
  await writeFile(join(folder, 'files', 'half.part'), 'half');
  await writeFile(join(folder, 'versions', 'broken.json'), '{');
  state.isDown = true;
  await expect(deployed(await opened())).rejects.toMatchObject({ name: expect.stringContaining('MODEL_CACHE_') });
  expect(await readdir(join(folder, 'files'))).toEqual([]);
  state.isDown = false;
  await deployed(await opened());
  state.isDown = true;
  expect(await deployed(await opened())).toBe('model: content of 1, content of 1');
});

test('versions that are no longer deployed are removed, and the bound is kept', async () => {
  const cache = await opened(30);
  await deployed(cache);
  state.version = '2';
  await deployed(cache);
  clock.advance(120_000);
  await cache.retain(new Set(['models:/m@live']));
  expect(await readdir(join(folder, 'versions'))).toHaveLength(1);
  expect(await readdir(join(folder, 'files'))).toHaveLength(1);
  state.version = '3';
  state.content = () => 'x'.repeat(40);
  await deployed(cache);
  expect(cache.component()).toMatchObject({ state: 'degraded', detail: expect.stringContaining('serving.cache_bytes is 30') });
  expect(await readdir(join(folder, 'versions'))).toHaveLength(1);
  await cache.retain(new Set());
  expect(await readdir(join(folder, 'files'))).toEqual([]);
});
