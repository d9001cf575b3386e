import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '#adapters/postgres/open.ts';
import { openSqlite } from '#adapters/sqlite/open.ts';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import { runGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedSearch } from '#http/mlflow/input.ts';
import type { Databases, Remote } from '#ports/database.ts';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { store as definition, type TrackingStore } from '../store.ts';

// More runs than a probe, and conditions that more runs meet than are "few": every way to find runs is gone.
const RUNS = 4500;

interface Made {
  readonly id: string;
  readonly start: number;
  readonly up: number;
  readonly scattered: number | undefined;
  readonly kind: string;
}

const made: Made[] = Array.from({ length: RUNS }, (_, i) => ({
  id: i.toString(16).padStart(32, '0'),
  start: 1000 + (i % 1000),
  up: i,
  scattered: i % 10 === 0 ? undefined : ((i * 7919) % 4001) / 4001,
  kind: i === 4000 ? 'rare' : i % 2 === 0 ? 'even' : 'odd',
}));

const newestFirst = (a: Made, b: Made): number => b.start - a.start || (a.id < b.id ? -1 : 1);
const byUp = (a: Made, b: Made): number => a.up - b.up;
const byScattered = (a: Made, b: Made): number => (a.scattered ?? 2) - (b.scattered ?? 2) || newestFirst(a, b);

const CASES: readonly [string, string, string[], (run: Made) => boolean, (a: Made, b: Made) => number][] = [
  [
    'matches near the start of the walk',
    "metrics.scattered < 0.5 and params.kind = 'odd'",
    ['metrics.scattered'],
    (r) => (r.scattered ?? 2) < 0.5 && r.kind === 'odd',
    byScattered,
  ],
  [
    'matches only far along the walk',
    "metrics.up >= 2400 and params.kind != 'odd'",
    ['metrics.up'],
    (r) => r.up >= 2400 && r.kind !== 'odd',
    byUp,
  ],
  [
    'matches far along another metric',
    'metrics.scattered < 0.9 and metrics.up > 2000',
    ['metrics.up'],
    (r) => (r.scattered ?? 2) < 0.9 && r.up > 2000,
    byUp,
  ],
  ['one rare condition', "params.kind = 'rare' and metrics.up > 10", ['metrics.scattered'], (r) => r.kind === 'rare', byScattered],
  ['few matches, sorted by a metric that some lack', 'metrics.up < 50', ['metrics.scattered'], (r) => r.up < 50, byScattered],
  ['few matches by attribute', 'metrics.up < 50', ['attributes.run_name'], (r) => r.up < 50, byUp],
  ['many matches by attribute', 'metrics.up >= 100', ['attributes.run_name'], (r) => r.up >= 100, byUp],
  ['newest first', "params.kind = 'odd' and metrics.up < 3000", [], (r) => r.kind === 'odd' && r.up < 3000, newestFirst],
  ['either of two', "metrics.up < 20 or params.kind = 'rare'", ['metrics.up'], (r) => r.up < 20 || r.kind === 'rare', byUp],
  ['without a parameter', "params.absent is null and params.kind != 'odd'", ['metrics.up'], (r) => r.kind !== 'odd', byUp],
];

/** Few matches fill a short page, and fit a long one. */
const PAGES = [700, 30];
const MOST_PAGES = 15;

async function log(store: Remote<TrackingStore>, { id, start, up, scattered, kind }: Made): Promise<void> {
  await store.createRun({ run_id: id, experiment_id: '0', name: `run ${id}`, user_id: '', start_time: start, tags: [] });
  const of = (key: string, value: number | undefined) => (value === undefined ? [] : [{ key, value, timestamp: 1, step: 0 }]);
  const metrics = [...of('up', up), ...of('scattered', scattered)];
  await store.logBatch(id, { params: [{ key: 'kind', value: kind }], metrics: [], tags: [] });
  await store.logBatch(id, { params: [], metrics, tags: [] });
}

function findsRuns(open: () => Promise<Databases & AsyncDisposable>): void {
  let databases: Databases & AsyncDisposable;
  let store: Remote<TrackingStore>;

  beforeAll(async () => {
    databases = await open();
    store = await databases.open(definition);
    const left = made.values();
    const worker = async () => {
      for (const run of left) await log(store, run);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  }, 60_000);

  afterAll(async () => {
    await databases[Symbol.asyncDispose]();
  });

  test.each(CASES)('a search among thousands finds what there is, page by page: %s', async (_, filter, order, isFound, compare) => {
    const search = checkedSearch(filter, order, runGrammar);
    const expected = made
      .filter(isFound)
      .sort(compare)
      .map(({ id }) => id);
    for (const limit of PAGES) {
      const found: string[] = [];
      let place: PagePlace | undefined;
      let pages = 0;
      do {
        const page = await store.searchRunsJson(['0'], { ...search, place, limit, view: 'ACTIVE_ONLY' });
        const runs = JSON.parse(`[${page.json}]`) as { info: { run_id: string } }[];
        found.push(...runs.map(({ info }) => info.run_id));
        place = page.next;
      } while (place && ++pages < MOST_PAGES);
      expect(found).toEqual(expected.slice(0, place ? found.length : undefined));
    }
  });
}

describe('on SQLite', () => {
  findsRuns(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-search-'));
    const databases = await openSqlite({ path: join(folder, 'search.db') });
    const dispose = async () => {
      await databases.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...databases, [Symbol.asyncDispose]: dispose };
  });
});

describeWith('postgres', 'on Postgres', () => {
  findsRuns(async () => {
    const database = await freshDatabase();
    const databases = await openPostgres({ url: database.url });
    const dispose = async () => {
      await databases.close();
      await database[Symbol.asyncDispose]();
    };
    return { ...databases, [Symbol.asyncDispose]: dispose };
  });
});
