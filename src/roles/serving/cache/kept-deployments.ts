import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CompatName } from '#contract/http/platform/deployments.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Remote } from '#ports/database.ts';
import type { DeploymentStore, StoredDeployment } from '../store.ts';
import { isOutage } from './kept-files.ts';

const FILE = 'deployments.json';

const Kept = z.array(
  z.object({
    name: z.string(),
    isDefault: z.boolean(),
    createdMs: z.number(),
    updatedMs: z.number(),
    compat: CompatName.optional(),
    variants: z.array(z.object({ role: z.enum(['primary', 'shadow', 'canary']), model: z.string(), sample: z.number() })),
  }),
);

/** The store's deployments, and the last of them that it told where it does not answer. Changes need the store itself. */
export class KeptDeployments implements Remote<DeploymentStore> {
  readonly #store: Remote<DeploymentStore>;
  readonly #folder: string | undefined;
  readonly #logger: Logger;
  #written = '';
  /** How often the store was away when it was asked, and how often of that whoever serves the list knows. */
  #outages = 0;
  #followedOutages = 0;

  /** @param folder where the list is kept; undefined keeps none */
  constructor(store: Remote<DeploymentStore>, folder: string | undefined, logger: Logger) {
    this.#store = store;
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Whether the store may know others than are served: it was away when it was asked, and nobody has followed it since. */
  get isStale(): boolean {
    return this.#outages !== this.#followedOutages;
  }

  async list(): Promise<StoredDeployment[]> {
    return (await this.#listed()).deployments;
  }

  /** The list for the one who serves it: what others are told does not make that one up to date. */
  async follow(): Promise<StoredDeployment[]> {
    const before = this.#outages;
    const { deployments, isKept } = await this.#listed();
    if (!isKept) this.#followedOutages = before;
    return deployments;
  }

  /** What is saved is kept too before anybody asks: the list must hold it even if the store goes away now. */
  async save(deployment: Parameters<DeploymentStore['save']>[0]): Promise<void> {
    await this.#store.save(deployment);
    try {
      await this.#keep(await this.#store.list());
    } catch (error) {
      // It is saved all the same, and nobody serves it yet: who follows the list must ask again.
      this.#outages++;
      throw error;
    }
  }

  async remove(name: string): Promise<boolean> {
    const isGone = await this.#store.remove(name);
    await this.list();
    return isGone;
  }

  record(entry: Parameters<DeploymentStore['record']>[0]): Promise<void> {
    return this.#store.record(entry);
  }

  history(deployment: string, limit: number): ReturnType<DeploymentStore['history']> {
    return this.#store.history(deployment, limit);
  }

  async #listed(): Promise<{ readonly deployments: StoredDeployment[]; readonly isKept: boolean }> {
    try {
      const deployments = await this.#store.list();
      await this.#keep(deployments);
      return { deployments, isKept: false };
    } catch (error) {
      const deployments = isOutage(error) ? await this.#kept() : undefined;
      if (deployments === undefined) throw error;
      if (!this.isStale)
        this.#logger.warn(
          { error: String((error as Error).message) },
          'the store of deployments does not answer; the last known ones are served',
        );
      this.#outages++;
      return { deployments, isKept: true };
    }
  }

  async #keep(deployments: readonly StoredDeployment[]): Promise<void> {
    const text = JSON.stringify(deployments);
    if (this.#folder === undefined || text === this.#written) return;
    const path = join(this.#folder, FILE);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      this.#written = text;
    } catch (error) {
      this.#logger.warn({ error: String((error as Error).message) }, 'the list of deployments could not be kept on disk');
    }
  }

  async #kept(): Promise<StoredDeployment[] | undefined> {
    if (this.#folder === undefined) return undefined;
    try {
      const kept = Kept.parse(JSON.parse(await readFile(join(this.#folder, FILE), 'utf8')));
      return kept.map((deployment) => ({ ...deployment, compat: deployment.compat }));
    } catch {
      return undefined;
    }
  }
}
