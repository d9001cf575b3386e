import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPostgres } from '#adapters/postgres/open.ts';
import { openSqlite } from '#adapters/sqlite/open.ts';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import { modelVersionGrammar, registeredModelGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedSearch } from '#http/mlflow/input.ts';
import type { Databases, Remote } from '#ports/database.ts';
import { PAGE_BYTES } from '#ports/pages/page-bytes.ts';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { store as definition, type RegistryStore } from '../store.ts';
import { store as webhooksDefinition } from '../webhooks/store.ts';

type Store = Remote<RegistryStore>;

/** More than a third of a page each: two fit. */
const LARGE = Math.ceil(PAGE_BYTES * 0.35);
const NUMBERS = [1, 2, 3];
const search = { place: undefined, limit: 1000, view: 'ACTIVE_ONLY', prompts: true } as const;
const tags = Array.from({ length: 4 }, (_, i) => ({ key: `k${i}`, value: 'é'.repeat(LARGE / 8) }));

async function addVersion(store: Store, name: string): Promise<void> {
  const about = { source: 's3://b/m', storage_location: '', run_id: '', run_link: '', model_id: '', description: '' };
  await store.createVersion({ name, ...about, tags, now: 1 });
}

async function pages<T>(
  read: (place: PagePlace | undefined) => Promise<{ readonly items: readonly T[]; readonly next: PagePlace | undefined }>,
) {
  const all: (readonly T[])[] = [];
  let place: PagePlace | undefined;
  do {
    const page = await read(place);
    expect(Buffer.byteLength(JSON.stringify(page.items))).toBeLessThan(PAGE_BYTES * 1.05);
    all.push(page.items);
    place = page.next;
  } while (place && all.length <= NUMBERS.length);
  return all;
}

function boundsPages(open: () => Promise<Databases & AsyncDisposable>): void {
  test('pages of versions and of models end before they take too much memory', async () => {
    await using databases = await open();
    // Changes are noted for webhooks, whose tables are their own.
    await databases.open(webhooksDefinition);
    const store = await databases.open(definition);
    await store.createModel({ name: 'many', description: '', tags: [], now: 1 });
    for (const _ of NUMBERS) await addVersion(store, 'many');
    const asked = checkedSearch("name = 'many'", ['version_number ASC'], modelVersionGrammar);
    const versions = await pages((place) => store.searchVersions({ ...search, ...asked, place }));
    expect(versions.map((page) => page.map(({ version }) => version))).toEqual([[1, 2], [3]]);
    expect(versions[0]?.[0]?.tags).toEqual(tags);

    // A model is told with its latest version, whose tags count; those of the others do not.
    for (const number of NUMBERS.slice(1)) {
      await store.createModel({ name: `one ${number}`, description: '', tags: [], now: 1 });
      await addVersion(store, `one ${number}`);
    }
    const models = await pages((place) =>
      store.searchModels({ ...search, ...checkedSearch('', ['name ASC'], registeredModelGrammar), place }),
    );
    expect(models.map((page) => page.map(({ name }) => name))).toEqual([['many', 'one 2'], ['one 3']]);
    expect(models[0]?.[0]?.latest.map(({ version }) => version)).toEqual([3]);
  });
}

describe('on SQLite', () => {
  boundsPages(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-large-'));
    const databases = await openSqlite({ path: join(folder, 'large.db') });
    const dispose = async () => {
      await databases.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...databases, [Symbol.asyncDispose]: dispose };
  });
});

describeWith('postgres', 'on Postgres', () => {
  boundsPages(async () => {
    const database = await freshDatabase();
    const databases = await openPostgres({ url: database.url });
    const dispose = async () => {
      await databases.close();
      await database[Symbol.asyncDispose]();
    };
    return { ...databases, [Symbol.asyncDispose]: dispose };
  });
});
