import { createServer } from 'node:net';
import { describe, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { startProduct } from '#test/harness/product.ts';
import { ready, tellLoopStory } from './loop-story.ts';

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the closed loop', () => {
  test('in one process on SQLite', { timeout: 180_000 }, async () => {
    await using product = await startProduct({ args: ['--examples'] });
    const where = { core: product.url, serving: product.url };
    await ready(where);
    await tellLoopStory(where);
  });

  test('with serving in a process of its own', { timeout: 240_000 }, async () => {
    const core = await freePort();
    const peers = ['registry', 'artifacts'].flatMap((role) => ['--peer', `${role}=http://127.0.0.1:${core}`]);
    await using serving = await startProduct({ args: ['--target', 'serving', ...peers] });
    const rest = 'artifacts,events,monitoring,registry,tracking,training,ui';
    await using product = await startProduct({
      args: ['--target', rest, '--peer', `serving=${serving.url}`, '--port', String(core), '--examples'],
    });
    const where = { core: product.url, serving: serving.url };
    await ready(where);
    await tellLoopStory(where);
  });
});

describeWith('postgres', 'the closed loop on PostgreSQL', () => {
  test('in one process', { timeout: 180_000 }, async () => {
    await using database = await freshDatabase();
    await using product = await startProduct({ args: ['--examples'], env: { DATABASE_URL: database.url } });
    const where = { core: product.url, serving: product.url };
    await ready(where);
    await tellLoopStory(where);
  });
});
