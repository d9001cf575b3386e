import type { VersionAnswer } from '#contract/http/mlflow/answers/runs-and-versions.ts';
import type { ResolvedVersionAnswer, VersionPage } from '#contract/http/platform/registry.ts';
import { encodePath, type Http } from './http.ts';
import { MLFLOW, pairs, type Run } from './run.ts';

export interface NewVersion {
  /** Registered model; made where there is none. */
  readonly name: string;
  /** The run that holds the model, and the folder below it. */
  readonly from:
    | { readonly run: Pick<Run, 'id' | 'artifactUri'>; readonly path: string }
    | { readonly source: string; readonly runId?: string };
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Set to the new version. */
  readonly alias?: string;
}

export interface AliasMove {
  readonly name: string;
  readonly alias: string;
  readonly version: string;
  /** Kept in the alias' history. */
  readonly reason?: string;
  /** Who moves it; the caller's account where absent. */
  readonly by?: string;
}

const PLATFORM = '/api/v1/registry';

/** Registered models, their versions and aliases. */
export class Registry {
  readonly #http: Http;
  constructor(http: Http) {
    this.#http = http;
  }

  /** Adds a version. Not tried again when nobody knows whether it arrived: there could be two. */
  async register({ name, from, description, tags = {}, alias }: NewVersion): Promise<{ name: string; version: string }> {
    await this.#http.json('POST', `${PLATFORM}/models`, { body: { name }, repeatable: true });
    const place =
      'run' in from ? { source: `${from.run.artifactUri}/${from.path}`, run_id: from.run.id } : { source: from.source, run_id: from.runId };
    const body = { name, ...place, tags: pairs(tags), ...(description === undefined ? {} : { description }) };
    const { model_version } = await this.#http.json<{ model_version: VersionAnswer }>('POST', `${MLFLOW}/model-versions/create`, { body });
    const version = String(model_version.version);
    if (alias !== undefined) await this.setAlias({ name, alias, version });
    return { name, version };
  }

  /** Registered models with their aliases. */
  async models(): Promise<{ name: string; versions: number; aliases: Record<string, string> }[]> {
    type Models = { items: { name: string; versions: number; aliases: Record<string, string> }[] };
    return (await this.#http.json<Models>('GET', `${PLATFORM}/models`)).items;
  }

  /** Versions of a model, newest first. */
  async versions(name: string): Promise<VersionAnswer[]> {
    const found: VersionAnswer[] = [];
    let page_token: string | undefined;
    do {
      const query = { filter: `name = ${quoted(name)}`, order_by: 'version_number DESC', max_results: 1000, page_token };
      const page = await this.#http.json<{ model_versions?: VersionAnswer[]; next_page_token?: string }>(
        'GET',
        `${MLFLOW}/model-versions/search`,
        {
          query,
        },
      );
      found.push(...(page.model_versions ?? []));
      page_token = page.next_page_token;
    } while (page_token);
    return found;
  }

  /** A version with its run, its data, the moves of its aliases and the deployments that serve it. */
  version(name: string, version: string | number): Promise<VersionPage> {
    return this.#http.json('GET', `${PLATFORM}/versions/${encodePath(name)}/${version}`);
  }

  /** What `models:/NAME@alias`, `models:/NAME/3` or `models:/NAME/Stage` names at this moment. */
  resolve(reference: string): Promise<ResolvedVersionAnswer> {
    return this.#http.json('GET', `${PLATFORM}/resolve`, { query: { reference } });
  }

  /** Points an alias at a version. Deployments that follow it load the version and swap. */
  setAlias(move: AliasMove): Promise<{ from: string | null; to: string }> {
    return this.#http.json('POST', `${PLATFORM}/alias`, { body: move, repeatable: true });
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    await this.#http.json('DELETE', `${MLFLOW}/registered-models/alias`, { body: { name, alias } });
  }

  /** A version as a tar archive, with code that runs it elsewhere. */
  export(name: string, which: { readonly version: string } | { readonly alias: string }): Promise<Response> {
    return this.#http.open('GET', `${PLATFORM}/export`, { query: { name, ...which }, isFile: true });
  }
}

/** Filters know no escapes: a text with one kind of quote is put in the other. */
const quoted = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`);
