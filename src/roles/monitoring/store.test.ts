import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPostgres } from '#adapters/postgres/open.ts';
import { openSqlite } from '#adapters/sqlite/open.ts';
import type { ReferenceProfile } from '#contract/model-schema.ts';
import { Metrics } from '#http/metrics.ts';
import { TestClock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { Databases, Remote } from '#ports/database.ts';
import { chunkBytes } from '#ports/event-log.contract.ts';
import type { LogChunk } from '#ports/event-log.ts';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { MonitoringSink } from './fold/sink.ts';
import { metrics as specs } from './metrics.ts';
import { References } from './reference/references.ts';
import { store as definition, type MonitoringStore } from './store.ts';

const T0 = Date.UTC(2026, 2, 1, 10, 59, 30);
const profile: ReferenceProfile = {
  version: 1,
  source: 'training',
  rows: 100,
  columns: [
    { name: 'x', kind: 'number', rows: 100, missing: 0, edges: [1, 2], counts: [30, 40, 30], min: 0, max: 3 },
    { name: 'c', kind: 'category', rows: 100, missing: 0, categories: ['a', 'b'], counts: [50, 50, 0] },
  ],
  prediction: { name: 'prediction', kind: 'category', rows: 100, missing: 0, categories: ['yes', 'no'], counts: [60, 40, 0] },
};

interface Row {
  readonly features: Record<string, unknown>;
  readonly prediction?: unknown;
  readonly version?: string;
  readonly atMs?: number;
}

function chunkOf(from: number, rows: readonly Row[]): LogChunk {
  const records = rows.map(({ features, prediction = 'yes', version = '1', atMs = T0 }, i) => {
    const place = {
      prediction_id: `p${from + i}`,
      request_id: 'r',
      row: 0,
      deployment: 'd',
      role: 'primary',
      model_name: 'm',
      model_version: version,
    };
    const data = { ...place, features, status: prediction === null ? 'error' : 'ok', prediction, task: 'classification', duration_ms: 1 };
    return Buffer.from(
      JSON.stringify({
        specversion: '1.0',
        id: String(i),
        source: '/',
        type: 'trainyard.prediction',
        time: new Date(atMs).toISOString(),
        data,
      }),
    );
  });
  const bytes = chunkBytes(records);
  return { partition: 'p', from, to: from + rows.length, bytes };
}

function sinkOn(store: Remote<MonitoringStore>, options: { readonly hasProfile: boolean } = { hasProfile: true }) {
  const references = new References({
    store,
    registry: { resolve: async () => ({ download_uri: 'mlflow-artifacts:/m' }) as never, listModels: async () => [] },
    artifacts: {
      read: async () => {
        if (!options.hasProfile) throw new KnownError({ code: 'ARTIFACT_NOT_FOUND', status: 404, message: () => 'none' }, {});
        return Buffer.from(JSON.stringify(profile));
      },
    },
    collectRows: 4,
    clock: new TestClock(),
    logger: silentLogger,
  });
  return { references, sink: new MonitoringSink({ store, references, folded: new Metrics().counter(specs.folded) }) };
}

const range = { deployment: 'd', role: 'primary', fromMs: T0 - 3_600_000, toMs: T0 + 3_600_000 };

/** The same on both databases. */
function storeTests(open: () => Promise<Databases & AsyncDisposable>): void {
  test('rows are counted over the bins of the reference, with what is missing, out of range and unseen', async () => {
    await using database = await open();
    const store = await database.open(definition);
    const { sink, references } = sinkOn(store);
    await sink.apply(
      chunkOf(0, [
        { features: { x: 0.5, c: 'a' } },
        { features: { x: 1, c: 'z' }, prediction: 'no' },
        { features: { x: 9, c: null } },
        { features: { x: null, c: 'b' }, prediction: null },
        { features: { x: -1, c: 'z' } },
      ]),
    );
    const reference = await references.ofVersion('m', '1');
    const found = await store.window({ ...range, reference: 'profile' in reference ? reference.id : '' });
    expect(found?.counts).toEqual({
      rows: 5,
      errors: 1,
      columns: {
        x: { counts: [2, 1, 1], missing: 1, below: 1, above: 1, unseen: 0, unseen_values: {} },
        c: { counts: [1, 1, 2], missing: 1, below: 0, above: 0, unseen: 2, unseen_values: { z: 2 } },
      },
      prediction: { counts: [3, 1, 0], missing: 0, below: 0, above: 0, unseen: 0, unseen_values: {} },
    });
  });

  test('a chunk that comes twice, or overlaps, counts once', async () => {
    await using database = await open();
    const store = await database.open(definition);
    const { sink, references } = sinkOn(store);
    const rows = Array.from({ length: 6 }, (_, i): Row => ({ features: { x: i / 2, c: 'a' } }));
    await sink.apply(chunkOf(0, rows.slice(0, 4)));
    await sink.apply(chunkOf(0, rows.slice(0, 4)));
    await sinkOn(store).sink.apply(chunkOf(0, rows));
    expect(await sink.position('p')).toBe(6);
    const reference = await references.ofVersion('m', '1');
    const found = await store.window({ ...range, reference: 'profile' in reference ? reference.id : '' });
    expect(found?.counts.rows).toBe(6);
    expect(found?.counts.columns['x']?.counts).toEqual([2, 2, 2]);
  });

  test('a range is the sum of its whole hours and the minutes at its ends', async () => {
    await using database = await open();
    const store = await database.open(definition);
    const { sink, references } = sinkOn(store);
    const minutes = [0, 1, 2, 61, 62, 150];
    await sink.apply(
      chunkOf(
        0,
        minutes.map((m) => ({ features: { x: 1, c: 'a' }, atMs: T0 + m * 60_000 })),
      ),
    );
    const reference = await references.ofVersion('m', '1');
    const id = 'profile' in reference ? reference.id : '';
    const rowsIn = async (from: number, to: number): Promise<number> => {
      const found = await store.window({ ...range, reference: id, fromMs: T0 - 30_000 + from * 60_000, toMs: T0 - 30_000 + to * 60_000 });
      return found?.counts.rows ?? 0;
    };
    expect(await rowsIn(0, 151)).toBe(6);
    expect(await rowsIn(1, 62)).toBe(3);
    expect(await rowsIn(0, 1)).toBe(1);
    expect(await rowsIn(3, 61)).toBe(0);
    expect(await store.prune(T0 + 86_400_000, 0)).toBe(6);
    expect(await rowsIn(1, 121)).toBe(4);
  });

  test('a version without a profile is compared with its first rows', async () => {
    await using database = await open();
    const store = await database.open(definition);
    const { sink } = sinkOn(store, { hasProfile: false });
    const row = (x: number): Row => ({ features: { x, c: 'a' }, version: '2' });
    await sink.apply(chunkOf(0, [row(1), row(2)]));
    const again = sinkOn(store, { hasProfile: false });
    expect(await again.references.ofVersion('m', '2')).toEqual({ rows: 2 });
    await again.sink.apply(chunkOf(2, [row(3), row(4)]));
    const reference = await again.references.ofVersion('m', '2');
    expect(reference).toMatchObject({ kind: 'collected', source: 'the first 4 accepted rows of m version 2' });
    await again.sink.apply(chunkOf(4, [row(5)]));
    const found = await store.window({ ...range, reference: 'profile' in reference ? reference.id : '' });
    expect(found?.counts.rows).toBe(1);
    expect(await sinkOn(store, { hasProfile: false }).references.ofVersion('m', '2')).toMatchObject({ kind: 'collected' });
  });
}

describeWith('postgres', 'monitoring store on Postgres', () => {
  storeTests(async () => {
    const fresh = await freshDatabase();
    const database = await openPostgres({ url: fresh.url, poolSize: 3 });
    return Object.assign(database, {
      [Symbol.asyncDispose]: async () => {
        await database.close();
        await fresh[Symbol.asyncDispose]();
      },
    });
  });
});

storeTests(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'monitoring-'));
  const database = await openSqlite({ path: join(dir, 'test.db') });
  return Object.assign(database, {
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await rm(dir, { recursive: true });
    },
  });
});
