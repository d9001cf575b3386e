import { Client } from 'pg';
import { expect, test } from 'vitest';
import { databaseContract } from '#ports/database.contract.ts';
import { store as sampleStore } from '#test/fixtures/sample-store.ts';
import { describeWith } from '#test/harness/available.ts';
import { gateBefore } from '#test/harness/gate.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { openPostgres } from './open.ts';

describeWith('postgres', 'PostgreSQL', () => {
  databaseContract('postgres', async () => {
    const database = await freshDatabase();
    return {
      connect: () => openPostgres({ url: database.url, poolSize: 5 }),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });

  test('a text that cannot be kept is the caller’s mistake', async () => {
    await using database = await freshDatabase();
    const connection = await openPostgres({ url: database.url });
    const store = await connection.open(sampleStore);
    await expect(store.get('a\u0000b')).rejects.toMatchObject({ name: 'DATABASE_TEXT_INVALID', spec: { status: 400 } });
    await connection.close();
  });

  test('a database that is known to be ours may be silent at the open: its stores are made when it answers', async () => {
    await using database = await freshDatabase();
    const place = new URL(database.url);
    await using gate = await gateBefore(Number(place.port));
    place.port = String(gate.port);
    await gate.shut();
    const told: string[] = [];
    const connection = await openPostgres({ url: place.href, onSilent: (error) => told.push(error.message) });
    const store = await connection.open(sampleStore);
    expect(told).toHaveLength(1);
    await expect(store.get('a')).rejects.toMatchObject({ name: 'DATABASE_UNAVAILABLE' });
    expect(connection.readsOf(sampleStore)).toContain('get');
    await gate.open();
    const row = { id: 'a', value: 1, big: '1', note: '', missing: null };
    await waitFor('the database', () => store.put(row).then(() => true));
    expect(await store.get('a')).toEqual(row);
    await connection.close();
  });

  test('a server whose connections are all taken may be asked again', async () => {
    await using database = await freshDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const place = new URL(database.url);
    place.username = `crowded_${place.pathname.slice(1)}`;
    await client.query(`create role "${place.username}" login connection limit 0`);
    await expect(openPostgres({ url: place.href })).rejects.toMatchObject({ name: 'DATABASE_UNAVAILABLE', spec: { status: 503 } });
    await client.query(`drop role "${place.username}"`);
    await client.end();
  });

  test('numbers keep all their digits where the database is set to leave some out', async () => {
    await using database = await freshDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`alter database ${new URL(database.url).pathname.slice(1)} set extra_float_digits = 0`);
    await client.end();
    const databases = await openPostgres({ url: database.url });
    const store = await databases.open(sampleStore);
    await store.put({ id: 'third', value: 1 / 3, big: '1', note: '', missing: null });
    expect(await store.get('third')).toMatchObject({ value: 1 / 3 });
    await databases.close();
  });
});

test('a server that is not there is a sentence, not a stack', async () => {
  await expect(openPostgres({ url: 'postgresql://nobody@127.0.0.1:9/none' })).rejects.toMatchObject({
    name: 'DATABASE_UNAVAILABLE',
    spec: { status: 503 },
  });
});
