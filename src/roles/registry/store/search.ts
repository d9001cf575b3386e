import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import { bytesOf, fitting, type Held, held, howManyFit } from '#ports/pages/page-bytes.ts';
import { compareSql, filterSql, keyset, keysOf, type SortTerm } from '#ports/search-sql.ts';
import type { Model, Page, Search, Version } from '../entities.ts';
import { fail } from '../errors.ts';
import { type Db, IS_LATEST, loadModels, loadVersions } from './rows.ts';

/** The tag that makes a registered model a prompt. */
const PROMPT_TAG = 'mlflow.prompt.is_prompt';

type Columns = Readonly<Record<string, { readonly by: RawBuilder<unknown>; readonly text?: boolean }>>;

const MODEL_COLUMNS: Columns = {
  name: { by: sql`m.name`, text: true },
  creation_timestamp: { by: sql`m.creation_time` },
  last_updated_timestamp: { by: sql`m.last_update_time` },
};

const VERSION_COLUMNS: Columns = {
  name: { by: sql`m.name`, text: true },
  version_number: { by: sql`v.version` },
  run_id: { by: sql`v.run_id`, text: true },
  source_path: { by: sql`v.source`, text: true },
  current_stage: { by: sql`v.stage`, text: true },
  status: { by: sql`'READY'`, text: true },
  creation_timestamp: { by: sql`v.creation_time` },
  last_updated_timestamp: { by: sql`v.last_update_time` },
};

interface Searched {
  readonly columns: Columns;
  readonly from: RawBuilder<unknown>;
  /** Rows of tags of the thing searched; conditions on `key` and `value` are added. */
  readonly tagged: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  readonly standard: readonly SortTerm[];
  readonly ties: readonly { readonly key: string; readonly term: SortTerm }[];
}

const MODELS: Searched = {
  columns: MODEL_COLUMNS,
  from: sql`registry_models m`,
  id: sql`m.id as model, 0 as version`,
  tagged: sql`select 1 from registry_model_tags t where t.model = m.id`,
  standard: [{ by: sql`m.name`, text: true }],
  ties: [{ key: 'name', term: { by: sql`m.name`, text: true } }],
};

const NUMBER_TERM: SortTerm = { by: sql`v.version`, descending: true };

const VERSIONS: Searched = {
  columns: VERSION_COLUMNS,
  from: sql`registry_versions v join registry_models m on m.id = v.model`,
  id: sql`v.model, v.version`,
  tagged: sql`select 1 from registry_version_tags t where t.model = v.model and t.version = v.version`,
  standard: [{ by: sql`v.last_update_time`, descending: true }, { by: sql`m.name`, text: true }, NUMBER_TERM],
  ties: [
    { key: 'name', term: { by: sql`m.name`, text: true } },
    { key: 'version_number', term: NUMBER_TERM },
  ],
};

export async function searchModels(db: Db, search: Search): Promise<Page<Model>> {
  const { rows, next } = await find(db, search, { ...MODELS, roomFor: (found) => modelsThatFit(db, found) });
  return {
    items: await loadModels(
      db.read,
      rows.map(({ model }) => model),
    ),
    next,
  };
}

export async function searchVersions(db: Db, search: Search): Promise<Page<Version>> {
  const { rows, next } = await find(db, search, { ...VERSIONS, roomFor: (found) => versionsThatFit(db, found) });
  if (rows.length === 0) return { items: [], next };
  const wanted = new Map(rows.map(({ model, version }, i) => [`${model}/${version}`, i]));
  const loaded = await loadVersions(db.read, isOneOf(db, rows));
  const place = ({ model, version }: { model: number; version: number }) => wanted.get(`${model}/${version}`) ?? -1;
  return { items: loaded.toSorted((a, b) => place(a) - place(b)), next };
}

interface Found {
  readonly model: number;
  readonly version: number;
}

async function find(db: Db, search: Search, of: Searched & { readonly roomFor: (found: readonly Found[]) => Promise<number> }) {
  const order = keyset(db.dialect, terms(search, of));
  const where: RawBuilder<SqlBool>[] = [search.prompts ? sql`1 = 1` : sql`not ${tagIs(of, PROMPT_TAG, 'true')}`];
  if (search.filter) where.push(filterSql(search.filter, (condition) => conditionSql(db, condition, of)));
  if (search.place) {
    const after = order.after(search.place.after);
    if (!after) throw fail.pageTokenInvalid({});
    where.push(after);
  }
  const found = await sql<Found & Record<string, string | number | null>>`select ${of.id}, ${sql.join(order.select)} from ${of.from}
    where ${sql.join(where, sql` and `)} order by ${order.orderBy} limit ${search.limit + 1}`.execute(db.read);
  const rows = found.rows.slice(0, await of.roomFor(found.rows.slice(0, search.limit)));
  const last = rows.at(-1);
  return { rows, next: found.rows.length > rows.length && last ? { phase: 0, after: keysOf(last) } : undefined };
}

/** `v` is one of these; they are bound as one or two values, however many they are. */
function isOneOf({ dialect }: Db, versions: readonly Found[]): RawBuilder<SqlBool> {
  const models = versions.map(({ model }) => model);
  const numbers = versions.map(({ version }) => version);
  if (dialect === 'postgres') return sql`(v.model, v.version) in (select * from unnest(${models}::int[], ${numbers}::int[]))`;
  const pairs = JSON.stringify(models.map((model, i) => [model, numbers[i]]));
  return sql`(v.model, v.version) in (select value ->> 0, value ->> 1 from json_each(${pairs}))`;
}

const MODEL_PARTS: readonly Held[] = [
  held('registry_models', 'id', ['name', 'description']),
  held('registry_model_tags', 'model', ['key', 'value']),
  {
    table: sql`(select v.model, v.description, v.source from registry_versions v where ${IS_LATEST}) l`,
    owner: sql`l.model`,
    texts: ['l.description', 'l.source'],
  },
  {
    table: sql`(select v.model, t.key, t.value from registry_versions v
      join registry_version_tags t on t.model = v.model and t.version = v.version where ${IS_LATEST}) lt`,
    owner: sql`lt.model`,
    texts: ['lt.key', 'lt.value'],
  },
];

/** How many of the first of these models fit on a page, with their latest versions. */
function modelsThatFit({ read, dialect }: Db, found: readonly Found[]): Promise<number> {
  return howManyFit(
    read,
    { dialect, parts: MODEL_PARTS },
    found.map(({ model }) => model),
  );
}

async function versionsThatFit(db: Db, found: readonly Found[]): Promise<number> {
  if (found.length < 2) return found.length;
  const tags = sql`select sum(${bytesOf(['t.key', 't.value'])}) from registry_version_tags t where t.model = v.model and t.version = v.version`;
  const { rows } = await sql<Found & { bytes: number | string }>`
    select v.model, v.version, ${bytesOf(['v.description', 'v.source'])} + coalesce((${tags}), 0) as bytes
    from registry_versions v where ${isOneOf(db, found)}`.execute(db.read);
  const key = ({ model, version }: Found) => `${model}/${version}`;
  return fitting(found.map(key), new Map(rows.map((row) => [key(row), Number(row.bytes)])));
}

const tagIs = ({ tagged }: Searched, key: string, value: string): RawBuilder<SqlBool> =>
  sql`exists (${tagged} and t.key = ${key} and t.value = ${value})`;

function conditionSql(db: Db, condition: Condition, of: Searched): RawBuilder<SqlBool> {
  const { entity, key, comparison, value } = condition;
  if (entity === 'attribute') return compareSql(db.dialect, (of.columns[key] as { by: RawBuilder<unknown> }).by, condition);
  if (comparison === 'IS NULL') return sql`not exists (${of.tagged} and t.key = ${key})`;
  // Clients ask for what is no prompt with `!=`, and mean what lacks the tag as well.
  if (key === PROMPT_TAG && comparison === '!=') return sql`not ${tagIs(of, key, String(value))}`;
  return sql`exists (${of.tagged} and t.key = ${key} and ${compareSql(db.dialect, sql`t.value`, condition)})`;
}

function terms({ order }: Search, of: Searched): SortTerm[] {
  if (order.length === 0) return [...of.standard];
  const asked = order.map(
    ({ key, descending }): SortTerm => ({ ...(of.columns[key] as { by: RawBuilder<unknown>; text?: boolean }), descending }),
  );
  const named = new Set(order.map(({ key }) => key));
  return [...asked, ...of.ties.flatMap(({ key, term }) => (named.has(key) ? [] : [term]))];
}
