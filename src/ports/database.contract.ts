import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SampleStore, store as sampleStore } from '#test/fixtures/sample-store.ts';
import { store as brokenUpgrade } from '#test/fixtures/sample-store-broken.ts';
import { store as newerStore } from '#test/fixtures/sample-store-newer.ts';
import type { Databases, Remote } from './database.ts';

/** A database that is empty when it is opened first; every `connect` reaches the same one. */
export interface DatabaseUnderTest extends AsyncDisposable {
  connect(): Promise<Databases>;
}

/** Every adapter of the database port behaves like this. */
export function databaseContract(name: string, prepare: () => Promise<DatabaseUnderTest>): void {
  describe(`database: ${name}`, () => {
    let database: DatabaseUnderTest;
    let connection: Databases;
    let store: Remote<SampleStore>;

    beforeAll(async () => {
      database = await prepare();
      connection = await database.connect();
      store = await connection.open(sampleStore);
    });
    afterAll(async () => {
      await connection?.close();
      await database?.[Symbol.asyncDispose]();
    });

    test('what was written is read back: numbers, large integers as text, NaN by flag, text with any character, nulls', async () => {
      const row = { id: 'a', value: -1.5e300, big: '9223372036854775807', note: "it's \u{1F682} 'quoted' \\ % _", missing: null };
      await store.put(row);
      expect(await store.get('a')).toEqual(row);
      expect(await store.get('nothing')).toBeUndefined();
    });

    test('a unit of work that fails half-way leaves nothing behind', async () => {
      await expect(store.putTwoThenFail('x1', 'x2')).rejects.toThrow('on purpose');
      expect(await store.get('x1')).toBeUndefined();
      expect(await store.get('x2')).toBeUndefined();
    });

    test('an expected failure arrives with its code, status and message', async () => {
      await expect(store.refuse('b')).rejects.toMatchObject({
        name: 'SAMPLE_REFUSED',
        message: 'b is refused.',
        spec: { status: 409, mlflow: 'RESOURCE_CONFLICT' },
      });
    });

    test('writers at the same time never give out a number twice', async () => {
      const numbers = await Promise.all(Array.from({ length: 40 }, () => store.nextNumber('model')));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    });

    test('what is appended by many at the same time is all there, and what fails half-way is not', async () => {
      const numbers = await Promise.all(Array.from({ length: 60 }, () => store.count('appended')));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      await expect(store.countThenFail('appended')).rejects.toThrow('on purpose');
      expect(await store.count('appended')).toBe(61);
    });

    test('LIKE tells upper from lower case and nulls come last where asked', async () => {
      await store.put({ id: 'Case', value: 1, big: '1', note: 'Alpha', missing: null });
      await store.put({ id: 'case', value: 2, big: '2', note: 'alpha', missing: 'here' });
      expect(await store.idsLike('Case%')).toEqual(['Case']);
      expect((await store.idsByMissing()).at(0)).toBe('case');
    });

    test('opening again runs no migration twice and keeps the rows', async () => {
      const second = await database.connect();
      const again = await second.open(sampleStore);
      expect(await again.get('a')).toBeDefined();
      await second.close();
    });

    test('tables of a newer program are refused with a sentence', async () => {
      const second = await database.connect();
      await second.open(newerStore);
      await expect(second.open(sampleStore)).rejects.toMatchObject({ name: 'DATABASE_SCHEMA_NEWER' });
      await second.close();
    });

    test('a migration that fails leaves the tables as they were', async () => {
      const second = await database.connect();
      await expect(second.open(brokenUpgrade)).rejects.toThrow();
      await expect(second.open(brokenUpgrade)).rejects.toThrow('this step is broken');
      await second.close();
    });
  });
}
