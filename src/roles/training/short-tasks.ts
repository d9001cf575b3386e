import type { Preview, PreviewRequest, UploadedDataset } from '#contract/http/platform/training.ts';
import type { FileTable, Tables } from '#ports/tables.ts';
import { type DataSources, readSource, type StoredSource } from './data/sources.ts';
import { fail } from './errors.ts';
import { runTask } from './fit/run-task.ts';

export interface ShortTasksOptions {
  readonly tables: Tables;
  readonly sources: DataSources;
  readonly memoryMb: number;
  readonly signal: AbortSignal;
}

/** Reads of a file that somebody waits for: each costs a process, so few run and wait at a time. */
const MAX_RUNNING = 2;
const MAX_WAITING = 20;

/** Looks into data files without training. */
export class ShortTasks {
  readonly #options: ShortTasksOptions;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: ShortTasksOptions) {
    this.#options = options;
  }

  async preview(request: PreviewRequest, caller: AbortSignal): Promise<Preview> {
    const source = await this.#options.sources.find(request.data);
    return this.#turn(async () => {
      const file = await readSource(this.#options.tables, source);
      return (await runTask({ kind: 'preview', request }, file, this.#runOptions(caller))).preview;
    });
  }

  /** Tells what is in an upload; one that cannot be read is not kept. */
  async inspect({ data, source }: StoredSource, caller: AbortSignal): Promise<UploadedDataset> {
    try {
      return await this.#turn(async () => {
        const file: FileTable = await readSource(this.#options.tables, source);
        const { columns } = await runTask({ kind: 'inspect' }, file, this.#runOptions(caller));
        return { data, name: source.name, rows: file.rows, bytes: file.bytes, sha256: file.sha256, columns };
      });
    } catch (error) {
      await this.#options.sources.remove(data);
      throw error;
    }
  }

  #runOptions(caller: AbortSignal) {
    return { memoryMb: this.#options.memoryMb, signal: AbortSignal.any([this.#options.signal, caller]) };
  }

  async #turn<R>(work: () => Promise<R>): Promise<R> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) throw fail.queueFull({ limit: MAX_WAITING });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      // Whoever waits takes this place over, so the count stays.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
