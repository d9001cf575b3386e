import { ReferenceProfile } from '#contract/model-schema.ts';
import type { Clock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Remote } from '#ports/database.ts';
import type { ArtifactsApi } from '../../artifacts/api.ts';
import type { RegistryApi } from '../../registry/api.ts';
import type { MonitoringStore, StoredReference } from '../store.ts';
import { profileRows, referenceOf, type SampleRow } from './profile.ts';

interface Parts {
  readonly store: Remote<MonitoringStore>;
  readonly registry: Pick<RegistryApi, 'resolve' | 'listModels'>;
  readonly artifacts: Pick<ArtifactsApi, 'read'>;
  /** Accepted rows that make a reference where a version brings none. */
  readonly collectRows: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A reference that is there. */
export type Reference = StoredReference;

/** A version without a reference: its first rows are kept until there are enough. */
export interface Collecting {
  rows: number;
}

/** How far back a run is looked for. */
const MAX_VERSIONS = 500;
const MAX_PROFILE_BYTES = 64 * 1024 * 1024;

/** Which reference the rows of a version are counted over: the deployment's own, the version's training profile, or its first accepted rows. */
export class References {
  readonly #parts: Parts;
  readonly #versions = new Map<string, Reference | Collecting>();
  readonly #overrides = new Map<string, Reference>();
  #revision = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Grows whenever rows of some version are to be counted over other bins than before. */
  get revision(): number {
    return this.#revision;
  }

  /** Reads the deployments' own references; call once before use. */
  async load(): Promise<void> {
    const { store } = this.#parts;
    for (const { deployment, reference } of await store.overrides()) {
      const stored = await store.reference(reference);
      if (stored) this.#overrides.set(deployment, { ...stored, kind: 'chosen' });
    }
  }

  override(deployment: string): Reference | undefined {
    return this.#overrides.get(deployment);
  }

  setOverride(deployment: string, reference: StoredReference): Reference {
    this.#overrides.set(deployment, reference);
    this.#revision++;
    return reference;
  }

  clearOverride(deployment: string): void {
    this.#overrides.delete(deployment);
    this.#revision++;
  }

  /** The reference that rows of this version in this deployment are counted over. Failures that may pass are thrown. */
  async of(deployment: string, model: string, version: string): Promise<Reference | Collecting> {
    return this.#overrides.get(deployment) ?? (await this.ofVersion(model, version));
  }

  async ofVersion(model: string, version: string): Promise<Reference | Collecting> {
    const key = `${model}\n${version}`;
    let found = this.#versions.get(key);
    if (found === undefined) {
      found = await this.#find(model, version);
      this.#versions.set(key, found);
    }
    return found;
  }

  async #find(model: string, version: string): Promise<Reference | Collecting> {
    const { store, clock } = this.#parts;
    const known = await store.versionReference(model, version);
    const stored = known && (await store.reference(known.reference));
    if (known && stored) return { ...stored, kind: known.kind };
    const profile = await this.trainingProfile(model, version);
    if (profile === undefined) return { rows: await store.sampleCount(model, version) };
    const source = `the training rows of ${model} version ${version}`;
    const reference = referenceOf({ ...profile, source }, 'training', clock.now());
    await store.setVersionReference(model, version, reference);
    return reference;
  }

  /** The profile that training stored with a version; undefined where it stored none. */
  async trainingProfile(model: string, version: string): Promise<ReferenceProfile | undefined> {
    const { registry, artifacts, logger } = this.#parts;
    try {
      const resolved = await registry.resolve(`models:/${model}/${version}`);
      const bytes = await artifacts.read(resolved.download_uri, 'reference_profile.json', MAX_PROFILE_BYTES);
      const parsed = ReferenceProfile.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
      if (parsed.success && parsed.data.columns.length > 0) return parsed.data;
      logger.warn({ model, version }, 'the reference profile of a version is not valid and is not used');
      return undefined;
    } catch (error) {
      const isAbsent = (error instanceof KnownError && error.spec.status < 500) || error instanceof SyntaxError;
      if (isAbsent) return undefined;
      throw error;
    }
  }

  /** The newest version of a model that a run made. @param live a version that is there: numbers of deleted ones are not given again, so there may be more numbers than versions */
  async versionOfRun(model: string, runId: string, live: string | null): Promise<string | undefined> {
    const { registry } = this.#parts;
    const known = (await registry.listModels()).find(({ name }) => name === model);
    const newest = Math.max(known?.versions ?? 0, ...Object.values(known?.aliases ?? {}).map(Number), Number(live ?? 0));
    for (let version = newest; version > Math.max(0, newest - MAX_VERSIONS); version--) {
      const resolved = await registry.resolve(`models:/${model}/${version}`).catch(() => undefined);
      if (resolved?.run_id === runId) return resolved.version;
    }
    return undefined;
  }

  /** Turns the rows collected so far into the version's reference once there are enough. */
  async collected(model: string, version: string, more: number): Promise<void> {
    const { store, clock, collectRows, logger } = this.#parts;
    const key = `${model}\n${version}`;
    const state = this.#versions.get(key);
    if (state === undefined || 'profile' in state) return;
    state.rows += more;
    if (state.rows < collectRows) return;
    const rows = (await store.samples(model, version)).flatMap((body) => JSON.parse(body) as SampleRow[]);
    const source = `the first ${rows.length.toLocaleString('en')} accepted rows of ${model} version ${version}`;
    const reference = referenceOf(profileRows(source, rows), 'collected', clock.now());
    await store.setVersionReference(model, version, reference);
    this.#versions.set(key, reference);
    this.#revision++;
    logger.info({ model, version, rows: rows.length }, 'the first accepted rows became the reference');
  }
}
