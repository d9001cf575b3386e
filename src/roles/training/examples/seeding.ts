import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainRequest } from '#contract/http/platform/training.ts';
import type { Logger } from '#kernel/logger.ts';
import type { RegistryApi } from '../../registry/api.ts';
import type { ServingApi } from '../../serving/api.ts';
import type { TrainingJobs } from '../jobs.ts';
import { deploy, resolved } from '../train-and-deploy.ts';

/** Training requests of the examples in the order in which they run; a deployment's primary stands before its shadow. */
const EXAMPLES = ['iris/production-tree.json', 'iris/shadow-forest.json', 'housing/compare-learners.json'] as const;

export interface SeedingOptions {
  readonly jobs: TrainingJobs;
  readonly registry: RegistryApi;
  readonly serving: ServingApi;
  /** Folder where it is kept which examples are complete. */
  readonly folder: string;
  /** Folder of the bundled examples. */
  readonly bundled: string;
  readonly logger: Logger;
}

/** Trains and deploys what is missing of the examples, through the same jobs as any request; what is there stays as it is. */
export class ExampleSeeding {
  readonly #options: SeedingOptions;
  /** Why the platform is not complete yet, by example. */
  readonly #open = new Map<string, string>(EXAMPLES.map((name) => [name, `example ${name} is waiting to be trained`]));

  constructor(options: SeedingOptions) {
    this.#options = options;
  }

  unready(): readonly string[] {
    return [...this.#open.values()];
  }

  async run(signal: AbortSignal): Promise<void> {
    const done = await this.#readMarks();
    for (const name of EXAMPLES) {
      if (signal.aborted) return;
      try {
        if (await this.#complete(name, done.has(name))) await this.#mark(done.add(name));
        this.#open.delete(name);
      } catch (error) {
        // A stop in the middle is no failure: the next start goes on.
        if (signal.aborted) return;
        this.#open.set(name, `example ${name} could not be made: ${(error as Error).message}`);
        this.#options.logger.error({ example: name, error: String(error) }, 'an example could not be made');
      }
    }
  }

  /** @returns whether anything was done */
  async #complete(name: string, marked: boolean): Promise<boolean> {
    const { jobs, registry, serving, bundled, logger } = this.#options;
    const request = TrainRequest.parse(JSON.parse(await readFile(join(bundled, name), 'utf8')));
    const model = `models:/${request.register}@${request.alias}`;
    if (await resolved(registry, model)) {
      if (marked) return false;
      // The program ended between promotion and deployment.
      await deploy(serving, request, { name: request.deploy ?? '', model, reason: 'example' });
      return true;
    }
    this.#open.set(name, `example ${name} is being trained`);
    const { job_id } = await jobs.submit(request, { isAwaited: true });
    const job = await jobs.finished(job_id);
    if (job.state !== 'succeeded') throw new Error(job.error ?? `its job was ${job.state}`);
    logger.info(
      { example: name, job: job_id, version: job.result?.version, decision: job.result?.decision },
      'an example was trained and deployed',
    );
    return true;
  }

  get #marks(): string {
    return join(this.#options.folder, 'examples.json');
  }

  async #readMarks(): Promise<Set<string>> {
    try {
      return new Set(JSON.parse(await readFile(this.#marks, 'utf8')) as string[]);
    } catch {
      return new Set();
    }
  }

  async #mark(done: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    await writeFile(this.#marks, `${JSON.stringify([...done])}\n`);
  }
}
