import type { Clock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import type { Remote } from '#ports/database.ts';
import type { RegistryApi, ResolvedVersion } from '../../registry/api.ts';
import type { DeploymentChange } from '../api.ts';
import { keyOf } from '../cache/cache-folder.ts';
import type { Told } from '../cache/model-cache.ts';
import { fail } from '../errors.ts';
import type { QueueLimits } from '../loading.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { LoadedModel } from '../model/load.ts';
import type { DeploymentStore, HistoryEntry, StoredDeployment } from '../store.ts';
import { checkChange } from './change.ts';
import { Deployment } from './deployment.ts';
import { LiveModel } from './live-model.ts';
import { ModelLoader, type ModelLoaderDeps, type Wanted } from './model-loader.ts';
import type { Scorer } from './scorer.ts';
import type { Variant } from './variant.ts';

export interface DeploymentsDeps extends ModelLoaderDeps {
  readonly registry: RegistryApi;
  /** `isStale`: it may hold others than are served, as it was away; `follow` lists them for who serves them, which ends that. */
  readonly store: Remote<DeploymentStore> & { readonly isStale?: boolean; follow?(): Promise<StoredDeployment[]> };
  readonly scorer: Scorer;
  readonly metrics: ServingMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly limits: QueueLimits;
  /** Told of every change, to put it on the event log. */
  readonly announce: (entry: HistoryEntry) => void;
  /** Resolves when processes that follow this one have followed a change. */
  readonly spread: () => Promise<void>;
}

const WATCH_MS = 20_000;
const RETRY_MS = 1_000;
/** A model that loads for seconds, as Python's do, does not keep the others from answering. */
const LOADS_AT_ONCE = 3;
/** A load that fails may have taken long, and others wait for their turn: it is tried again less and less often. */
const LONGEST_RETRY_MS = 10_000;

/** All deployments of this process: kept as configured, kept at the version that their references name. */
export class Deployments {
  readonly #deps: DeploymentsDeps;
  readonly #loader: ModelLoader;
  readonly #byName = new Map<string, Deployment>();
  /** Versions loaded ahead of an alias move, so that the move swaps at once. */
  readonly #prepared = new Map<string, Told<LoadedModel>>();
  /** Why an alias is about to move, by reference: told in the history when the swap comes. */
  readonly #reasons = new Map<string, { readonly action: string; readonly by: string; readonly reason: string }>();
  /** Changes of what is served happen one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #default: Deployment | undefined;

  constructor(deps: DeploymentsDeps) {
    this.#deps = deps;
    this.#loader = new ModelLoader(deps);
  }

  async open(): Promise<void> {
    for (const stored of await this.#deps.store.list()) this.#place(new Deployment(stored));
    void this.#watch();
  }

  all(): Deployment[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws DEPLOYMENT_NOT_FOUND */
  get(name: string): Deployment {
    const found = this.#byName.get(name);
    if (!found) throw fail.deploymentNotFound({ name, known: [...this.#byName.keys()].slice(0, 10) });
    return found;
  }

  find(name: string): Deployment | undefined {
    return this.#byName.get(name);
  }

  /** @throws DEPLOYMENT_NO_DEFAULT */
  default(): Deployment {
    if (!this.#default) throw fail.noDefault({});
    return this.#default;
  }

  /** Name of the default deployment, '' while there is none. */
  defaultName(): string {
    return this.#default?.name ?? '';
  }

  /** Makes or replaces a deployment; nothing is kept when its primary cannot be loaded. */
  async put(name: string, change: DeploymentChange): Promise<Deployment> {
    checkChange(name, change);
    const primary = change.variants.find((v) => v.role === 'primary') as { model: string };
    for (const { model } of change.variants) await this.#deps.registry.resolve(model);
    await this.prepare(await this.#deps.registry.resolve(primary.model), name);
    const variants = change.variants.map(({ role, model, sample }) => ({ role, model, sample: sample ?? 1 }));
    await this.#deps.store.save({ name, isDefault: change.isDefault, compat: change.compat, variants, nowMs: this.#deps.clock.now() });
    const before = this.#byName.get(name);
    const stored = await this.#deps.store.list();
    for (const one of stored) {
      const known = this.#byName.get(one.name);
      if (known && one.name !== name) known.stored = one;
    }
    const made = new Deployment(stored.find((s) => s.name === name) as (typeof stored)[number]);
    await this.#exclusive(async () => {
      await Promise.all(made.variants.map((v) => this.#refresh(made, v)));
      this.#place(made);
    });
    await this.record({
      deployment: name,
      action: before ? 'changed' : 'created',
      by: change.by ?? 'api',
      reason: change.reason ?? '',
      from: before?.primary.live?.model.version ?? null,
      to: made.primary.live?.model.version ?? null,
      model: primary.model,
    });
    if (before) this.#retire(before);
    await this.#deps.spread();
    return made;
  }

  async remove(name: string, by: string): Promise<void> {
    const found = this.get(name);
    await this.#deps.store.remove(name);
    this.#byName.delete(name);
    this.#chooseDefault();
    this.#retire(found);
    await this.record({
      deployment: name,
      action: 'deleted',
      by,
      reason: '',
      from: found.primary.live?.model.version ?? null,
      to: null,
      model: found.primary.reference,
    });
    await this.#deps.spread();
  }

  /** Brings the deployments to what is stored, for a process that follows another one: what changed is loaded first and then replaced. */
  async sync(): Promise<void> {
    const { store } = this.#deps;
    const stored = await (store.follow?.() ?? store.list());
    await this.#exclusive(async () => {
      for (const one of stored) await this.#follow(one);
      for (const gone of this.all().filter((d) => !stored.some((s) => s.name === d.name))) {
        this.#byName.delete(gone.name);
        this.#retire(gone);
      }
      this.#chooseDefault();
    });
    await this.refresh();
  }

  /** Loads a version that is to be a deployment's primary, without serving it. @throws what loading throws */
  async prepare(resolved: ResolvedVersion, deployment: string): Promise<void> {
    const key = keyOf(resolved);
    const served = this.all().some((d) => d.variants.some((v) => v.live && keyOf(v.live.model.resolved) === key));
    if (served || this.#prepared.has(key)) return;
    this.#prepared.set(key, await this.#loader.deployed(resolved, { deployment, use: 'primary' }));
  }

  /** Brings every variant to the version that its reference names now. */
  async refresh(): Promise<void> {
    await this.#exclusive(async () => {
      const waiting = [...this.#byName.values()];
      const worker = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          for (const variant of next.variants) await this.#refresh(next, variant);
      };
      await Promise.all(Array.from({ length: LOADS_AT_ONCE }, worker));
      await this.#deps.cache.retain(new Set(this.all().flatMap((d) => d.variants.map((v) => v.reference))));
    });
    for (const [key, { value }] of this.#prepared) {
      this.#prepared.delete(key);
      await value.session.close();
    }
  }

  /** The same, asked for: those who follow do so too. */
  async reload(): Promise<void> {
    await this.#deps.spread();
    await this.refresh();
  }

  /** Moves an alias and waits until every deployment that names it has followed. */
  async follow(
    reference: string,
    why: { action: string; by: string; reason: string },
    move: () => Promise<unknown>,
  ): Promise<Deployment[]> {
    this.#reasons.set(reference, why);
    try {
      await move();
      await this.#deps.spread();
      await this.refresh();
    } finally {
      this.#reasons.delete(reference);
    }
    return this.all().filter((d) => d.variants.some((v) => v.reference === reference));
  }

  async record(entry: Omit<HistoryEntry, 'atMs'>): Promise<void> {
    const full = { ...entry, atMs: this.#deps.clock.now() };
    this.#deps.announce(full);
    await this.#deps.store.record(full);
  }

  /** A model to serve without a deployment of its own: asked for by name and version on the inference protocols. */
  async loadLoose(resolved: ResolvedVersion): Promise<LiveModel> {
    return this.#live(await this.#loader.loose(resolved), { deployment: resolved.name, use: 'loose', role: 'primary', sample: 1 });
  }

  async close(): Promise<void> {
    await this.#work.catch(() => {});
    await Promise.all(this.all().flatMap((d) => d.variants.map((v) => v.live?.retire())));
    for (const { value } of this.#prepared.values()) await value.session.close();
  }

  async #follow(stored: StoredDeployment): Promise<void> {
    const known = this.#byName.get(stored.name);
    if (known?.stored.updatedMs === stored.updatedMs) {
      known.stored = stored;
      return;
    }
    const made = new Deployment(stored);
    await Promise.all(made.variants.map((v) => this.#refresh(made, v)));
    // What answers goes on until the new one can; the next turn tries again.
    if (known?.primary.live && !made.primary.live) return this.#retire(made);
    this.#place(made);
    if (known) this.#retire(known);
  }

  #place(deployment: Deployment): void {
    this.#byName.set(deployment.name, deployment);
    this.#chooseDefault();
  }

  #chooseDefault(): void {
    this.#default = this.all().find((d) => d.stored.isDefault) ?? this.all()[0];
  }

  #retire(deployment: Deployment): void {
    for (const { live } of deployment.variants) {
      if (live) void live.retire().catch((error) => this.#deps.logger.warn({ error: String(error) }, 'a model was not released'));
    }
  }

  async #watch(): Promise<void> {
    const { registry, signal, logger, cache } = this.#deps;
    let revision = -1;
    while (!signal.aborted) {
      try {
        await cache.probe();
        if (this.#deps.store.isStale) await this.sync();
        // Those who follow come first: a version that is shown as live here answers everywhere.
        await this.#deps.spread();
        await this.refresh();
        const settled =
          !cache.isDegraded && !this.#deps.store.isStale && this.all().every((d) => d.variants.every((v) => v.state === 'ready'));
        revision = await registry.waitForChange(revision, settled ? WATCH_MS : RETRY_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ error: String((error as Error).message) }, 'the registry cannot be asked for changes; serving goes on');
        await pause(RETRY_MS, signal);
      }
    }
  }

  #exclusive<R>(work: () => Promise<R>): Promise<R> {
    const run = this.#work.then(work, work);
    this.#work = run.catch(() => {});
    return run;
  }

  async #refresh(deployment: Deployment, variant: Variant): Promise<void> {
    const { cache, logger, metrics, clock } = this.#deps;
    let version = '';
    try {
      const { value: resolved, outage } = await cache.resolve(variant.reference);
      version = keyOf(resolved);
      variant.desired = resolved.version;
      const isTooEarly = variant.failed?.version === version && clock.now() < variant.failed.retryAtMs;
      if (isTooEarly && !this.#prepared.has(version)) return;
      if (variant.live?.model.version === resolved.version && variant.live.model.name === resolved.name) {
        variant.error = undefined;
        variant.state = 'ready';
        if (outage !== undefined) variant.detail = `the registry does not answer (${outage}): this is the version that it last named`;
        else if (!cache.isDegraded) variant.detail = undefined;
        await cache.keep(variant.reference, resolved);
        return;
      }
      if (!variant.live) variant.state = 'loading';
      const loaded = await this.#take(resolved, wantedFor(deployment, variant));
      this.#swap(deployment, variant, loaded.value);
      variant.detail = loaded.outage && `loaded from files kept on disk, as registry or store does not answer (${loaded.outage})`;
      await cache.keep(variant.reference, resolved);
      metrics.load(deployment.name, 'ok');
    } catch (error) {
      const message = error instanceof KnownError ? error.message : String((error as Error).message);
      const news = variant.error !== message;
      const times = variant.failed?.version === version ? variant.failed.times + 1 : 0;
      variant.failed = { version, times, retryAtMs: clock.now() + Math.min(LONGEST_RETRY_MS, (RETRY_MS / 2) * 2 ** times) };
      variant.error = message;
      variant.state = 'failed';
      if (!news) return;
      metrics.load(deployment.name, 'failed');
      logger.error(
        {
          deployment: deployment.name,
          variant: variant.role,
          model: variant.reference,
          error: message,
          kept: variant.live?.model.version ?? null,
        },
        'a model could not be loaded',
      );
    }
  }

  #swap(deployment: Deployment, variant: Variant, loaded: LoadedModel): void {
    const before = variant.live;
    const live = this.#live(loaded, { ...wantedFor(deployment, variant), role: variant.role, sample: variant.sample });
    variant.live = live;
    if (live.use === 'shadow') live.evict = () => this.#evict(live, variant);
    variant.failed = undefined;
    variant.error = undefined;
    variant.state = 'ready';
    this.#deps.logger.info(
      {
        deployment: deployment.name,
        variant: variant.role,
        model: loaded.name,
        version: loaded.version,
        from: before?.model.version ?? null,
      },
      'model is live',
    );
    if (!before) return;
    void before.retire().catch((error) => this.#deps.logger.warn({ error: String(error) }, 'a model was not released'));
    const why = this.#reasons.get(variant.reference) ?? {
      action: `${variant.role} moved`,
      by: 'registry',
      reason: `${variant.reference} names version ${loaded.version}`,
    };
    const entry = { ...why, deployment: deployment.name, from: before.model.version, to: loaded.version, model: variant.reference };
    this.record(entry).catch((error) =>
      this.#deps.logger.error({ error: String(error), ...entry }, 'a change could not be written to the history'),
    );
  }

  /** A shadow makes room for a primary. */
  #evict(live: LiveModel, variant: Variant): void {
    variant.live = undefined;
    variant.state = 'failed';
    variant.error = 'it was taken out of memory for a primary (serving.memory_bytes).';
    void live.retire();
  }

  async #take(resolved: ResolvedVersion, wanted: Wanted): Promise<Told<LoadedModel>> {
    const prepared = this.#prepared.get(keyOf(resolved));
    if (!prepared) return this.#loader.deployed(resolved, wanted);
    this.#prepared.delete(keyOf(resolved));
    return prepared;
  }

  #live(loaded: LoadedModel, { deployment, use, role, sample }: Wanted & Pick<Variant, 'role' | 'sample'>): LiveModel {
    const { scorer, metrics, limits, clock, memory } = this.#deps;
    const shadow = role === 'shadow';
    return new LiveModel(loaded, {
      deployment,
      role,
      sample,
      use,
      memory,
      metrics,
      // A shadow's run delays the primary's next one: its batches are small.
      maxBatchRows: shadow ? Math.min(64, limits.maxBatchRows) : limits.maxBatchRows,
      maxQueueRows: shadow ? limits.shadowQueueRows : limits.maxQueueRows,
      maxQueueBytes: limits.maxQueueBytes,
      maxQueueMs: limits.maxQueueMs,
      nowMs: clock.now(),
      onDone: shadow ? scorer.shadowDone : scorer.primaryDone,
      onDropped: scorer.dropped,
    });
  }
}

function wantedFor({ name }: Deployment, { role }: Variant): Wanted {
  return { deployment: name, use: role === 'primary' ? 'primary' : 'shadow' };
}
