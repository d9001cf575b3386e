import type { Logger } from './logger.ts';

/** Something that was started and must be stopped. */
export interface Started {
  readonly name: string;
  stop(): Promise<void>;
}

/** Keeps what was started, in order, and stops it in reverse; one failing stop does not keep the others from stopping. */
export class Lifecycle {
  readonly #started: Started[] = [];
  readonly #logger: Logger;
  #stopping: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.#started.push({ name, stop });
  }

  /** Stops everything once; later calls wait for the same stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const part of this.#started.reverse()) {
      try {
        await part.stop();
      } catch (error) {
        this.#logger.error({ part: part.name, error: String(error) }, 'a part did not stop cleanly');
      }
    }
  }
}
