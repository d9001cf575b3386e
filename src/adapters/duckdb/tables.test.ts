import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { contentOf, tablesContract } from '#ports/tables.contract.ts';
import type { FileTable } from '#ports/tables.ts';
import { readCsv } from './tables/csv.ts';
import { fileColumn } from './tables/wire.ts';
import { openTables } from './tables.ts';

tablesContract('DuckDB', () => openTables({ logger: silentLogger }));

const example = (name: string): string => fileURLToPath(new URL(`../../../examples/data/${name}`, import.meta.url));

async function read(path: string): Promise<FileTable> {
  const tables = openTables({ logger: silentLogger });
  try {
    return await tables.read(path);
  } finally {
    await tables.close();
  }
}

/** Writes what the query gives as Parquet and reads it back. */
async function parquet(query: string, name = 'data.parquet'): Promise<FileTable> {
  const dir = await mkdtemp(join(tmpdir(), 'parquet-'));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    await connection.run(`COPY (${query}) TO '${join(dir, name).replaceAll("'", "''")}' (FORMAT parquet)`);
    return await read(join(dir, name));
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(dir, { recursive: true });
  }
}

describe('a file that is read again', () => {
  test('is not parsed again until it has changed or nobody asked for a while', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'again-'));
    const path = join(dir, 'data.csv');
    await using idle = new AsyncDisposableStack();
    const tables = openTables({ logger: silentLogger });
    const forgetful = openTables({ logger: silentLogger, idleMs: 0 });
    idle.defer(() => rm(dir, { recursive: true }));
    idle.defer(() => tables.close());
    idle.defer(() => forgetful.close());
    await writeFile(path, 'a\n1\n');
    const [first, beside] = await Promise.all([tables.read(path), tables.read(path)]);
    expect(await tables.read(path)).toBe(first);
    expect(beside).toBe(first);
    await writeFile(path, 'a\n2\n3\n');
    expect(contentOf(await tables.read(path))).toEqual({ a: [2, 3] });
    const once = await forgetful.read(path);
    await vi.waitUntil(async () => (await forgetful.read(path)) !== once, { timeout: 10_000, interval: 20 });
  });

  test('is told to be broken as often as it is asked for, and read once it is mended', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mended-'));
    const path = join(dir, 'data.csv');
    const tables = openTables({ logger: silentLogger });
    try {
      await writeFile(path, 'a,b\n1\n');
      for (let i = 0; i < 2; i++) await expect(tables.read(path)).rejects.toMatchObject({ name: 'TABLE_UNREADABLE' });
      await writeFile(path, 'a,b\n1,2\n');
      expect(contentOf(await tables.read(path))).toEqual({ a: [1], b: [2] });
    } finally {
      await tables.close();
      await rm(dir, { recursive: true });
    }
  });
});

describe('the example files', () => {
  test('iris: 150 flowers, four numbers and a species', async () => {
    const table = await read(example('iris.csv'));
    expect(table.rows).toBe(150);
    expect(table.columns.map((c) => c.kind)).toEqual(['number', 'number', 'number', 'number', 'text']);
    expect(new Set(contentOf(table).species)).toEqual(new Set(['setosa', 'versicolor', 'virginica']));
  });

  test('california housing: 20,640 rows of numbers', async () => {
    const table = await read(example('california_housing.csv'));
    expect([table.rows, table.columns.length]).toEqual([20_640, 9]);
    expect(table.columns.every((c) => c.kind === 'number')).toBe(true);
    expect(contentOf(table).MedInc?.[0]).toBe(8.3252);
  });
});

describe('Parquet', () => {
  test('numbers are numbers, everything else is text, blanks are missing', async () => {
    const table = await parquet(
      "SELECT * FROM (VALUES (1, 0.5, 'x', true, DATE '2026-01-01', 2.5::DECIMAL(4, 1)), (NULL, 'nan'::DOUBLE, ' ', NULL, NULL, NULL)) AS t(i, d, s, b, day, dec)",
    );
    expect(contentOf(table)).toEqual({
      i: [1, null],
      d: [0.5, null],
      s: ['x', null],
      b: ['true', null],
      day: ['2026-01-01', null],
      dec: [2.5, null],
    });
    expect(table.columns.map((c) => c.kind === 'number' && c.integer)).toEqual([true, false, false, false, false, false]);
  });

  test('ids that a double cannot hold stay text', async () => {
    expect(contentOf(await parquet('SELECT 9007199254740993 AS id'))).toEqual({ id: ['9007199254740993'] });
  });

  test('more rows than one vector holds are all read', async () => {
    const table = await parquet('SELECT range AS i, range::VARCHAR AS t FROM range(5000)');
    expect(table.rows).toBe(5000);
    expect(contentOf(table).t?.[4999]).toBe('4999');
  });

  test('a nested column is passed over and told', async () => {
    const table = await parquet("SELECT 1 AS n, {'k': 2} AS pair, [1, 2] AS list");
    expect(contentOf(table)).toEqual({ n: [1] });
    expect(table.unread).toEqual([
      { name: 'pair', type: 'STRUCT(k INTEGER)' },
      { name: 'list', type: 'INTEGER[]' },
    ]);
  });

  test('nothing but nested columns is refused with a name', async () => {
    await expect(parquet('SELECT [1, 2] AS pair')).rejects.toMatchObject({
      name: 'TABLE_UNREADABLE',
      message: expect.stringContaining("'pair'"),
    });
  });

  test('a name with stars and brackets is that file and no pattern', async () => {
    expect(contentOf(await parquet('SELECT 1 AS a', "it's [1]*.parquet"))).toEqual({ a: [1] });
  });
});

describe('any CSV text', () => {
  test('what is written with all the quotes is read back as it was', () => {
    const cell = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'ü', '"', ',', '\n', ' ', 'x') }).map((s) => `t${s}t`);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const text = [['a', 'b'], ...rows].map((r) => r.map((c) => `"${c.replaceAll('"', '""')}"`).join(',')).join('\n');
        const columns = readCsv(text).columns.map((c) => fileColumn(c).values);
        expect(columns).toEqual([rows.map((r) => r[0]), rows.map((r) => r[1])]);
      }),
    );
  });
});
