import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '#kernel/logger.ts';
import { writeAtomically } from './atomic.ts';

const SAVE_EVERY_MS = 500;

/** How far each sink has come; kept in a small file that lags a little, which only delays retention. */
export class Sinks {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #offsets: Map<string, number>;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(path: string, offsets: Map<string, number>, logger: Logger) {
    this.#path = path;
    this.#offsets = offsets;
    this.#logger = logger;
  }

  static async open(dir: string, logger: Logger): Promise<Sinks> {
    const path = join(dir, 'sinks.json');
    return new Sinks(path, await load(path, logger), logger);
  }

  set(sink: string, offset: number): void {
    const before = this.#offsets.get(sink);
    if (before !== undefined && before >= offset) return;
    this.#offsets.set(sink, offset);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.save();
    }, SAVE_EVERY_MS).unref();
  }

  /** The lowest acknowledged offset; 0 as long as no sink is known, so that nothing is removed unread. */
  lowest(): number {
    return this.#offsets.size === 0 ? 0 : Math.min(...this.#offsets.values());
  }

  highest(): number {
    return Math.max(0, ...this.#offsets.values());
  }

  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#write());
    return this.#saving;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.save();
  }

  async #write(): Promise<void> {
    if (this.#offsets.size === 0) return;
    try {
      await writeAtomically(this.#path, JSON.stringify(Object.fromEntries(this.#offsets)));
    } catch (error) {
      this.#logger.warn({ file: this.#path, error: String(error) }, 'the places of the event sinks could not be saved');
    }
  }
}

async function load(path: string, logger: Logger): Promise<Map<string, number>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(entries.filter((e): e is [string, number] => Number.isSafeInteger(e[1])));
  } catch {
    logger.warn({ file: path }, 'the places of the event sinks were unreadable; sinks acknowledge anew');
    return new Map();
  }
}
