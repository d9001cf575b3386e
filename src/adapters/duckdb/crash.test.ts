import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { chunkOf, predictionEvent } from '#ports/analytics.contract.ts';
import { openAnalytics } from './analytics.ts';

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'crash-'));
  return { path: join(dir, 'analytics.duckdb'), [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

/** Indexes chunk after chunk in another process and says the position after each. */
const WRITER = `
const { openAnalytics } = await import(process.argv[1]);
const { silentLogger } = await import(process.argv[2]);
const analytics = await openAnalytics({ path: process.argv[3], logger: silentLogger });
const event = (i) => JSON.stringify({ type: 'trainyard.prediction', time: new Date(1767268800000 + i).toISOString(), data: {
  prediction_id: 'p' + i, request_id: 'r', row: 0, deployment: 'd', role: 'primary', model_name: 'm', model_version: '1',
  features: { a: i, b: 'x' }, status: 'ok', prediction: i, task: 'regression', duration_ms: 1 } });
for (let from = 0; ; from += 100) {
  const parts = Array.from({ length: 100 }, (_, i) => Buffer.from(event(from + i))).flatMap((r) => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(r.length);
    return [header, r];
  });
  const { position } = await analytics.ingest({ partition: 'p', from, to: from + 100, bytes: Buffer.concat(parts) });
  process.stdout.write(position + '\\n');
}`;

describe('the index file', () => {
  test('after kill -9 every confirmed row is there, and rows and cursor agree', async () => {
    await using place = await folder();
    const modules = ['./analytics.ts', '../../kernel/logger.ts'].map((path) => new URL(path, import.meta.url).href);
    const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, ...modules, place.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let confirmed = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      confirmed = Number(line);
      if (confirmed >= 2000) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const analytics = await openAnalytics({ path: place.path, logger: silentLogger });
    const position = await analytics.position('p');
    expect(confirmed).toBeGreaterThanOrEqual(2000);
    expect(position).toBeGreaterThanOrEqual(confirmed);
    expect(await analytics.count({})).toBe(position);
    expect(await analytics.get(`p${position - 1}`)).toMatchObject({ features: { a: position - 1, b: 'x' } });
    await analytics.close();
  });

  test('a file of a newer program is refused with a sentence that says what to do', async () => {
    await using place = await folder();
    const first = await openAnalytics({ path: place.path, logger: silentLogger });
    await first.close();
    const instance = await DuckDBInstance.create(place.path);
    const connection = await instance.connect();
    await connection.run('INSERT INTO schema_version VALUES (99)');
    connection.closeSync();
    instance.closeSync();
    const opening = openAnalytics({ path: place.path, logger: silentLogger });
    await expect(opening).rejects.toMatchObject({ name: 'ANALYTICS_NEWER', message: expect.stringContaining('Start the newer Trainyard') });
  });

  test('a file that is no database is refused with its path', async () => {
    await using place = await folder();
    await writeFile(place.path, 'no database '.repeat(1000));
    await expect(openAnalytics({ path: place.path, logger: silentLogger })).rejects.toMatchObject({ name: 'ANALYTICS_UNOPENABLE' });
  });

  test('a query that takes too long is stopped, and the next ones are answered', async () => {
    await using place = await folder();
    const analytics = await openAnalytics({ path: place.path, logger: silentLogger, queryTimeoutMs: 100 });
    const events = Array.from({ length: 3000 }, (_, i) =>
      predictionEvent(i, { role: i % 2 === 0 ? 'primary' : 'shadow', paired_with: 'p0', prediction_id: 'p0' }),
    );
    await analytics.ingest(chunkOf(events));
    // Every shadow pairs with every primary here: millions of pairs.
    await expect(analytics.pairs({})).rejects.toMatchObject({ name: 'ANALYTICS_TIMEOUT' });
    expect(await analytics.count({})).toBe(3000);
    await analytics.close();
  });

  test('closing stops the queries that run', async () => {
    await using place = await folder();
    const analytics = await openAnalytics({ path: place.path, logger: silentLogger });
    const events = Array.from({ length: 6000 }, (_, i) =>
      predictionEvent(i, { role: i % 2 === 0 ? 'primary' : 'shadow', paired_with: 'p0', prediction_id: 'p0' }),
    );
    await analytics.ingest(chunkOf(events));
    const queries = Promise.allSettled([1, 2, 3, 4].map(() => analytics.pairs({})));
    await analytics.position('any');
    await analytics.close();
    for (const result of await queries) expect(result).toMatchObject({ status: 'rejected', reason: { name: 'DUCKDB_WORKER_GONE' } });
  });

  test('while long queries run, events are still taken in', async () => {
    await using place = await folder();
    const analytics = await openAnalytics({ path: place.path, logger: silentLogger, queryTimeoutMs: 1000 });
    const events = Array.from({ length: 3000 }, (_, i) =>
      predictionEvent(i, { role: i % 2 === 0 ? 'primary' : 'shadow', paired_with: 'p0', prediction_id: 'p0' }),
    );
    await analytics.ingest(chunkOf(events));
    const ended: string[] = [];
    const queries = [1, 2, 3].map(() =>
      analytics.pairs({}).then(
        () => ended.push('query'),
        () => ended.push('query'),
      ),
    );
    const taken = analytics.ingest(chunkOf([predictionEvent(5000)], 3000)).then(() => ended.push('ingest'));
    await Promise.all([...queries, taken]);
    expect(ended[0]).toBe('ingest');
    await analytics.close();
  });
});
