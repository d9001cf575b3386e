import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { RegistryApi, ResolvedVersion } from '../../registry/api.ts';
import type { ServingMetrics } from '../metrics.ts';
import { CacheFolder, type KeptVersion, keyOf } from './cache-folder.ts';
import { isOutage, keptFiles, type ModelFiles, Recording } from './kept-files.ts';

export interface ModelCacheDeps {
  /** Where the files are kept; undefined keeps none, and what references last named in memory only. */
  readonly folder: string | undefined;
  readonly maxBytes: number;
  readonly registry: Pick<RegistryApi, 'resolve'>;
  readonly artifacts: ModelFiles;
  readonly metrics: ServingMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An answer, and why it is the last known one where whom it is from does not answer. */
export interface Told<R> {
  readonly value: R;
  readonly outage?: string;
}

interface Outage {
  readonly sinceMs: number;
  readonly reason: string;
}

/** A registry that was just found silent is not asked again for each of many deployments. */
const QUIET_MS = 1_000;
/** Longest wait for a registry where the last known answer is at hand, milliseconds. */
const PATIENCE_MS = 5_000;
const FRESH_MS = 60_000;

/**
 * The last known good of what is deployed: asks registry and store as long as they answer, keeps what they said, and says it again while they do not,
 * over restarts too.
 */
export class ModelCache {
  readonly #deps: ModelCacheDeps;
  readonly #folder: CacheFolder | undefined;
  readonly #references: Map<string, ResolvedVersion>;
  #work: Promise<unknown> = Promise.resolve();
  #registryOutage: Outage | undefined;
  #storeOutage: (Outage & { readonly uri: string }) | undefined;
  #quietUntilMs = 0;
  /** Why the last version was not kept. */
  #unkept: string | undefined;
  #wanted = new Set<string>();

  private constructor(deps: ModelCacheDeps, folder: CacheFolder | undefined, references: Map<string, ResolvedVersion>) {
    this.#deps = deps;
    this.#folder = folder;
    this.#references = references;
  }

  static async open(deps: ModelCacheDeps): Promise<ModelCache> {
    const folder = deps.folder === undefined ? undefined : await openFolder(deps.folder, deps.logger);
    const kept = (await folder?.references()) ?? {};
    const known = Object.entries(kept as Record<string, ResolvedVersion>).filter(([, v]) => typeof v?.download_uri === 'string');
    const made = new ModelCache(deps, folder, new Map(known));
    made.#wanted = new Set(known.map(([, version]) => keyOf(version)));
    made.#show();
    return made;
  }

  /** Whether somebody does not answer, and serving goes on by what was last known. */
  get isDegraded(): boolean {
    return this.#registryOutage !== undefined || this.#storeOutage !== undefined;
  }

  /** What the reference names; while the registry does not answer, what it named when it was last served. @throws what the registry throws */
  async resolve(reference: string): Promise<Told<ResolvedVersion>> {
    const known = this.#references.get(reference);
    const silent = this.#registryOutage;
    if (known && silent && this.#deps.clock.now() < this.#quietUntilMs) return { value: known, outage: silent.reason };
    try {
      const asked = this.#deps.registry.resolve(reference);
      const value = known ? await within(PATIENCE_MS, asked) : await asked;
      this.#registryAnswers(true);
      return { value };
    } catch (error) {
      if (!isOutage(error)) {
        this.#registryAnswers(true);
        throw error;
      }
      this.#registryAnswers(false, error);
      if (!known) throw error;
      return { value: known, outage: sentence(error) };
    }
  }

  /** Loads a version from the store and keeps its files; from the kept ones while the store does not answer. @throws what `load` throws */
  async load<M>(resolved: ResolvedVersion, load: (files: ModelFiles) => Promise<M>): Promise<Told<M>> {
    const { artifacts } = this.#deps;
    const folder = this.#folder;
    if (!folder) return { value: await load(artifacts) };
    const found = folder.find(keyOf(resolved));
    const kept = found?.uri === resolved.download_uri ? found : undefined;
    const silent = this.#registryOutage ?? this.#storeOutage;
    if (kept && silent) return await this.#loadKept(folder, { kept, load, reason: silent.reason });
    const recording = new Recording(artifacts, folder);
    try {
      const value = await load(recording);
      this.#storeOutage = undefined;
      await this.#keep(folder, recording, resolved);
      return { value };
    } catch (error) {
      if (recording.outage === undefined) throw error;
      const reason = sentence(recording.outage);
      this.#storeOutage = { sinceMs: this.#deps.clock.now(), reason, uri: resolved.download_uri };
      if (!kept) throw error;
      return await this.#loadKept(folder, { kept, load, reason });
    } finally {
      recording.release();
      this.#show();
    }
  }

  /** A version serves: it is what the reference stands for while nobody else says so. */
  async keep(reference: string, resolved: ResolvedVersion): Promise<void> {
    const before = this.#references.get(reference);
    if (before && keyOf(before) === keyOf(resolved) && before.download_uri === resolved.download_uri) return;
    this.#references.set(reference, resolved);
    this.#wanted.add(keyOf(resolved));
    await this.#saveReferences();
  }

  /** Removes what is no longer deployed. */
  async retain(references: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#references.keys()].filter((reference) => !references.has(reference));
    for (const reference of gone) this.#references.delete(reference);
    this.#wanted = new Set([...this.#references.values()].map(keyOf));
    if (gone.length > 0) await this.#saveReferences();
    const rest = (this.#folder?.versions() ?? []).filter((v) => !this.#wanted.has(keyOf(v)));
    // What was just loaded is about to be deployed.
    await this.#remove(rest.filter((v) => this.#deps.clock.now() - v.savedMs > FRESH_MS).map(keyOf));
  }

  /** Finds out whether a store that was silent answers again. */
  async probe(): Promise<void> {
    const silent = this.#storeOutage;
    if (!silent) return;
    const error = await within(PATIENCE_MS, this.#deps.artifacts.list(silent.uri)).then(
      () => undefined,
      (e: unknown) => e,
    );
    if (error !== undefined && isOutage(error)) return;
    this.#storeOutage = undefined;
    this.#deps.logger.info({ root: silent.uri }, 'the store of models answers again');
    this.#show();
  }

  component(): { readonly name: string; readonly kind: string; readonly state: 'ok' | 'degraded'; readonly detail: string } {
    const size = ((this.#folder?.bytes ?? 0) / 1e6).toFixed(1);
    const kept = this.#folder ? `${this.#folder.versions().length} versions, ${size} MB kept` : 'no files are kept';
    const troubles = [
      this.#registryOutage && `the registry has not answered since ${time(this.#registryOutage)}: ${this.#registryOutage.reason}`,
      this.#storeOutage && `the store of models has not answered since ${time(this.#storeOutage)}: ${this.#storeOutage.reason}`,
      this.#unkept,
    ].filter((trouble) => trouble !== undefined);
    return {
      name: 'model cache',
      kind: 'model-cache',
      state: troubles.length === 0 ? 'ok' : 'degraded',
      detail: [kept, ...troubles].join('; '),
    };
  }

  async #loadKept<M>(
    folder: CacheFolder,
    { kept, load, reason }: { kept: KeptVersion; load: (files: ModelFiles) => Promise<M>; reason: string },
  ): Promise<Told<M>> {
    const { metrics, logger } = this.#deps;
    const model = { model: kept.name, version: kept.version };
    try {
      const value = await load(keptFiles(folder, kept));
      metrics.cacheLoad('ok');
      logger.warn({ ...model, error: reason }, 'a model was loaded from the files that are kept of it');
      return { value, outage: reason };
    } catch (error) {
      metrics.cacheLoad('failed');
      logger.error({ ...model, error: sentence(error) }, 'the kept files of a model are of no use');
      throw error;
    }
  }

  /** A cache that cannot be written costs the cache, never the model. */
  async #keep(folder: CacheFolder, recording: Recording, resolved: ResolvedVersion): Promise<void> {
    const { maxBytes, clock, logger } = this.#deps;
    const model = `${resolved.name} version ${resolved.version}`;
    try {
      await this.#makeRoom(folder, recording.newBytes);
      const isTooLarge = folder.bytes + recording.newBytes > maxBytes;
      this.#unkept = isTooLarge ? `${model} is not kept: serving.cache_bytes is ${maxBytes}` : undefined;
      if (isTooLarge) await folder.drop([]);
      else await recording.save(resolved, clock.now());
    } catch (error) {
      this.#unkept = `${model} could not be kept: ${sentence(error)}`;
    }
    if (this.#unkept !== undefined) logger.warn({ reason: this.#unkept }, 'the files of a model are not kept');
  }

  /** Oldest first, of those that no deployment serves. */
  async #makeRoom(folder: CacheFolder, bytes: number): Promise<void> {
    const rest = folder
      .versions()
      .filter((v) => !this.#wanted.has(keyOf(v)))
      .sort((a, b) => a.savedMs - b.savedMs);
    for (const version of rest) {
      if (folder.bytes + bytes <= this.#deps.maxBytes) return;
      await folder.drop([keyOf(version)]);
    }
  }

  async #remove(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#folder
      ?.drop(keys)
      .catch((error: unknown) => this.#deps.logger.warn({ error: String(error) }, 'kept files were not removed'));
    this.#show();
  }

  /** One after the other: the last one written is the last one told. */
  #saveReferences(): Promise<void> {
    const save = async (): Promise<void> => {
      await this.#folder?.saveReferences(Object.fromEntries(this.#references));
    };
    const saved = this.#work.then(save).catch((error: unknown) => {
      this.#unkept = `what is deployed could not be kept: ${sentence(error)}`;
    });
    this.#work = saved;
    return saved;
  }

  #registryAnswers(answers: boolean, error?: unknown): void {
    const { clock, logger } = this.#deps;
    const before = this.#registryOutage;
    this.#quietUntilMs = clock.now() + QUIET_MS;
    this.#registryOutage = answers ? undefined : { sinceMs: before?.sinceMs ?? clock.now(), reason: sentence(error) };
    if (answers && before) logger.info({ silentMs: clock.now() - before.sinceMs }, 'the registry answers again');
    if (!answers && !before) logger.warn({ error: sentence(error) }, 'the registry does not answer: deployments stay as they are');
    if (answers !== (before === undefined)) this.#show();
  }

  #show(): void {
    this.#deps.metrics.cache(this.#folder?.bytes ?? 0, { registry: !this.#registryOutage, store: !this.#storeOutage });
  }
}

/** Serving without a net is better than none. */
async function openFolder(path: string, logger: Logger): Promise<CacheFolder | undefined> {
  try {
    return await CacheFolder.open(path);
  } catch (error) {
    logger.error({ folder: path, error: sentence(error) }, 'the files of deployed models cannot be kept');
    return undefined;
  }
}

function time({ sinceMs }: Outage): string {
  return new Date(sinceMs).toISOString();
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function within<R>(ms: number, work: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
