import { type Database, defineStore } from '#ports/database.ts';
import type { Act, Pair, Search } from './entities.ts';
import { tables } from './migrations/0001-tables.ts';
import * as aliases from './store/aliases.ts';
import * as models from './store/models.ts';
import { searchModels, searchVersions } from './store/search.ts';
import * as versions from './store/versions.ts';
import type { RegistryTables } from './tables.ts';

interface At {
  readonly name: string;
  readonly version: number;
}

interface Now {
  readonly now: number;
}

/** Registered models, their versions and aliases. Each method is one unit of work; what it does is in `store/`. */
export class RegistryStore {
  readonly #db: Database<RegistryTables>;
  constructor(db: Database<RegistryTables>) {
    this.#db = db;
  }

  createModel = (fresh: models.NewModel) => models.createModel(this.#db, fresh);
  ensureModel = (fresh: models.NewModel) => models.ensureModel(this.#db, fresh);
  getModel = (name: string) => models.getModel(this.#db, name);
  listModels = () => models.listModels(this.#db);
  describeModel = (name: string, to: { readonly description: string; readonly now: number }) => models.describeModel(this.#db, name, to);
  renameModel = (name: string, to: { readonly name: string; readonly now: number }) => models.renameModel(this.#db, name, to);
  deleteModel = (name: string, act: Act) => models.deleteModel(this.#db, name, act);
  setModelTag = (name: string, tag: Pair & Now) => models.setModelTag(this.#db, name, tag);
  deleteModelTag = (name: string, tag: { readonly key: string } & Now) => models.deleteModelTag(this.#db, name, tag);
  searchModels = (search: Search) => searchModels(this.#db, search);

  createVersion = (fresh: versions.NewVersionRecord) => versions.createVersion(this.#db, fresh);
  getVersion = (name: string, version: number) => versions.getVersion(this.#db, name, version);
  getVersionByAlias = (name: string, alias: string) => versions.getVersionByAlias(this.#db, name, alias);
  latestVersions = (name: string, stages: readonly string[]) => versions.latestVersions(this.#db, name, stages);
  describeVersion = (at: At, to: { readonly description: string; readonly now: number }) => versions.describeVersion(this.#db, at, to);
  moveStage = (at: At, move: versions.StageMove) => versions.moveStage(this.#db, at, move);
  deleteVersion = (at: At, act: Act) => versions.deleteVersion(this.#db, at, act);
  setVersionTag = (at: At, tag: Pair & Now) => versions.setVersionTag(this.#db, at, tag);
  deleteVersionTag = (at: At, tag: { readonly key: string } & Now) => versions.deleteVersionTag(this.#db, at, tag);
  searchVersions = (search: Search) => searchVersions(this.#db, search);

  setAlias = (at: { readonly name: string; readonly alias: string; readonly version: number }, act: Act) =>
    aliases.setAlias(this.#db, at, act);
  deleteAlias = (at: { readonly name: string; readonly alias: string }, act: Act) => aliases.deleteAlias(this.#db, at, act);
  versionMoves = (name: string, version: number) => aliases.versionMoves(this.#db, name, version);
  modelMoves = (name: string) => aliases.modelMoves(this.#db, name);
  aliasHistory = (name: string, alias: string) => aliases.aliasHistory(this.#db, name, alias);

  /** Grows with every change. */
  revision = async (): Promise<number> => {
    const row = await this.#db.read.selectFrom('registry_revision').select('revision').executeTakeFirstOrThrow();
    return row.revision;
  };
}

export const store = defineStore<RegistryStore, RegistryTables>({
  name: 'registry',
  module: import.meta.url,
  migrations: [tables],
  reads: [
    'getModel',
    'listModels',
    'searchModels',
    'getVersion',
    'getVersionByAlias',
    'latestVersions',
    'searchVersions',
    'aliasHistory',
    'modelMoves',
    'versionMoves',
    'revision',
  ],
  create: (db) => new RegistryStore(db),
});
