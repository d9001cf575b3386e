import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '#adapters/postgres/open.ts';
import { openSqlite } from '#adapters/sqlite/open.ts';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import { experimentGrammar, runGrammar, traceGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedSearch } from '#http/mlflow/input.ts';
import type { Databases, Remote } from '#ports/database.ts';
import { PAGE_BYTES } from '#ports/pages/page-bytes.ts';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { store as datasetsDefinition } from '../datasets/store.ts';
import { store as definition, type TrackingStore } from '../store.ts';

type Store = Remote<TrackingStore>;
type Read = (
  place: PagePlace | undefined,
) => Promise<{ readonly ids: readonly string[]; readonly bytes: number; readonly next: PagePlace | undefined }>;

/** More than a third of a page each: two fit. */
const LARGE = Math.ceil(PAGE_BYTES * 0.35);
const THINGS = 3;
const names = Array.from({ length: THINGS }, (_, i) => `${i}`.padStart(32, '0'));
const search = { place: undefined, limit: 1000, view: 'ACTIVE_ONLY' } as const;
/** Not ASCII: what counts is bytes, of which each of these is two. */
const words = (bytes: number): string => 'é'.repeat(bytes / 2);
const tagsOf = (bytes: number) => Array.from({ length: 4 }, (_, i) => ({ key: `k${i}`, value: words(bytes / 4) }));

async function pages(read: Read): Promise<{ readonly ids: readonly string[]; readonly bytes: number }[]> {
  const all = [];
  let place: PagePlace | undefined;
  do {
    const page = await read(place);
    all.push(page);
    place = page.next;
  } while (place && all.length <= THINGS);
  return all;
}

/** Nothing is missing or twice, and no page is longer than it may be by more than what escapes and frames add. */
async function expectBounded(read: Read, ids: readonly string[]): Promise<void> {
  const all = await pages(read);
  expect(all.flatMap((page) => page.ids)).toEqual(ids);
  expect(all.map((page) => page.ids.length)).toEqual([2, 1]);
  for (const { bytes } of all) expect(bytes).toBeLessThan(PAGE_BYTES * 1.05);
}

const sizeOf = (items: unknown): number => Buffer.byteLength(JSON.stringify(items));

function boundsPages(open: () => Promise<Databases & AsyncDisposable>): void {
  let databases: Databases & AsyncDisposable;
  let store: Store;

  beforeAll(async () => {
    databases = await open();
    store = await databases.open(definition);
  });

  afterAll(async () => {
    await databases[Symbol.asyncDispose]();
  });

  test('a page of runs ends before it takes too much memory, whatever it is sorted by', async () => {
    for (const [i, id] of names.entries()) {
      await store.createRun({ run_id: id, experiment_id: '0', name: id, user_id: '', start_time: 100 - i, tags: [] });
      // The metric that is sorted by is missing in one of three: a page then ends in the first or in the second part of the search.
      const metrics = i < 2 ? [{ key: 'loss', value: i, timestamp: 1, step: 0 }] : [];
      await store.logBatch(id, { params: [{ key: 'few', value: 'yes' }], metrics, tags: tagsOf(LARGE) });
    }
    for (const [filter, order] of [
      ['', []],
      ['', ['metrics.loss']],
      ["tags.k0 like 'é%'", ['attributes.start_time DESC']],
      ['metrics.loss < 5 or params.absent is null', ['metrics.loss']],
    ] as const) {
      const checked = checkedSearch(filter, [...order], runGrammar);
      await expectBounded(async (place) => {
        const { json, next } = await store.searchRunsJson(['0'], { ...search, ...checked, place });
        const runs = JSON.parse(`[${json}]`) as { info: { run_id: string } }[];
        return { ids: runs.map(({ info }) => info.run_id), bytes: Buffer.byteLength(json), next };
      }, names);
    }
    const rows: Read = async (place) => {
      const fields = ['tags.k0', 'tags.k1', 'tags.k2', 'tags.k3', 'metrics.loss'];
      const { items, next } = await store.searchRunRows(['0'], {
        search: { ...search, ...checkedSearch('', [], runGrammar), place },
        fields,
      });
      return { ids: items.map(({ run_id }) => run_id), bytes: sizeOf(items), next };
    };
    await expectBounded(rows, names);
  });

  test('few runs that a condition finds are cut as well', async () => {
    const checked = checkedSearch("tags.k3 like 'é%' and params.few = 'yes'", [], runGrammar);
    const found = await pages(async (place) => {
      const { json, next } = await store.searchRunsJson(['0'], { ...search, ...checked, place });
      const runs = JSON.parse(`[${json}]`) as { info: { run_id: string } }[];
      return { ids: runs.map(({ info }) => info.run_id), bytes: 0, next };
    });
    expect(found.map(({ ids }) => ids)).toEqual([names.slice(0, 2), names.slice(2)]);
  });

  test('the data sets of runs count, each time that they are told', async () => {
    const { experiment_id } = await store.createExperiment({
      name: 'data sets',
      artifactLocation: undefined,
      root: '/x',
      tags: [],
      now: 1,
    });
    const ids = names.map((id) => id.replace(/^0/u, 'd'));
    const dataset = { name: 'd', digest: 'd', source_type: 'local', source: '{}', schema: '', profile: words(LARGE) };
    for (const [i, id] of ids.entries()) {
      await store.createRun({ run_id: id, experiment_id, name: id, user_id: '', start_time: 100 - i, tags: [] });
      await store.logInputs(id, { datasets: [{ ...dataset, tags: [] }], models: [] });
    }
    await expectBounded(async (place) => {
      const checked = checkedSearch('', [], runGrammar);
      const { json, next } = await store.searchRunsJson([experiment_id], { ...search, ...checked, place });
      const runs = JSON.parse(`[${json}]`) as { info: { run_id: string } }[];
      return { ids: runs.map(({ info }) => info.run_id), bytes: Buffer.byteLength(json), next };
    }, ids);
  });

  test('pages of experiments end in the same way', async () => {
    for (const name of names) await store.createExperiment({ name, artifactLocation: undefined, root: '/x', tags: tagsOf(LARGE), now: 1 });
    const byName = checkedSearch("name like '0%'", ['name'], experimentGrammar);
    await expectBounded((place) => pageOf(store.searchExperiments({ ...search, ...byName, place }), 'name'), names);
    const listing = { q: '0000', view: 'ACTIVE_ONLY', sort: 'name', limit: 1000 } as const;
    await expectBounded((place) => pageOf(store.listExperiments({ ...listing, place }), 'name'), names);
  });

  test('pages of traces and of logged models end in the same way', async () => {
    for (const [i, trace_id] of names.entries()) {
      const about = { duration_ms: 1, state: 'OK', client_request_id: '', request_preview: '', response_preview: '' };
      const trace = { trace_id, experiment_id: '0', request_time: 100 - i, ...about, metadata: [], assessments: [] };
      await store.saveTrace({ ...trace, tags: tagsOf(LARGE) }, []);
    }
    const anyTrace = checkedSearch('', [], traceGrammar);
    await expectBounded((place) => pageOf(store.searchTraces(['0'], { ...search, ...anyTrace, place }), 'trace_id'), names);

    for (const [i, model_id] of names.entries()) {
      const about = { name: 'm', model_type: '', source_run_id: '', tags: [], now: 100 - i };
      await store.createLoggedModel({ model_id, experiment_id: '0', ...about, params: tagsOf(LARGE) });
    }
    const models: Read = (place) =>
      pageOf(store.searchLoggedModels({ ...search, filter: undefined, order: [], experiments: ['0'], datasets: [], place }), 'model_id');
    await expectBounded(models, names);
  });

  test('pages of records of data sets end in the same way', async () => {
    const sets = await databases.open(datasetsDefinition);
    await sets.create({ dataset_id: 'd-1', name: 'd', tags: [], experimentIds: [], now: 1 });
    for (const id of names) {
      const text = JSON.stringify([{ inputs: { id, long: words(LARGE) } }]);
      await sets.upsertRecords('d-1', text, 1);
    }
    await expectBounded(async (place) => {
      const { texts, next } = await sets.listRecords('d-1', { after: Number(place?.after[0] ?? 0), limit: 1000 });
      const ids = texts.map((text) => (JSON.parse(text) as { inputs: { id: string } }).inputs.id);
      return { ids, bytes: Buffer.byteLength(texts.join()), next: next === undefined ? undefined : { phase: 0, after: [next] } };
    }, names);
  });
}

async function pageOf<K extends string>(
  page: Promise<{ readonly items: readonly Readonly<Record<K, string>>[]; readonly next: PagePlace | undefined }>,
  key: K,
): ReturnType<Read> {
  const { items, next } = await page;
  return { ids: items.map((item) => item[key]), bytes: sizeOf(items), next };
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
