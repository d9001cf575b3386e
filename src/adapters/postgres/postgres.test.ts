import { expect, test } from 'vitest';
import { databaseContract } from '#ports/database.contract.ts';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { openPostgres } from './open.ts';

describeWith('postgres', 'PostgreSQL', () => {
  databaseContract('postgres', async () => {
    const database = await freshDatabase();
    return {
      connect: () => openPostgres({ url: database.url, poolSize: 5 }),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });
});

test('a server that is not there is a sentence, not a stack', async () => {
  await expect(openPostgres({ url: 'postgresql://nobody@127.0.0.1:9/none' })).rejects.toMatchObject({
    name: 'DATABASE_UNAVAILABLE',
    spec: { status: 503 },
  });
});
