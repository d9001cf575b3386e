/** Runs concurrent requests together: everything that arrives while a batch runs makes up the next one. */
export class Batcher<I, O> {
  readonly #work: (items: readonly I[]) => Promise<readonly O[]>;
  #waiting: { readonly item: I; readonly resolve: (result: O) => void; readonly reject: (error: unknown) => void }[] = [];
  #isRunning = false;

  /** @param work gives one result per item, in order */
  constructor(work: (items: readonly I[]) => Promise<readonly O[]>) {
    this.#work = work;
  }

  submit(items: readonly I[]): Promise<O[]> {
    const results = items.map((item) => new Promise<O>((resolve, reject) => this.#waiting.push({ item, resolve, reject })));
    if (!this.#isRunning) {
      this.#isRunning = true;
      setImmediate(() => void this.#drain());
    }
    return Promise.all(results);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#work(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, i) => {
          resolve(results[i] as O);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
