/** How much of what was known is still believed after another run. */
const KEPT = 0.98;
/** Rows that may run at once while nothing is known. */
const FIRST_ROWS = 16;

/** What a run of n rows takes, learnt from the runs so far: a + b·n milliseconds by least squares, in which older runs count less and less. */
export class RunCost {
  #weight = 0;
  #rows = 0;
  #ms = 0;
  #rowsRows = 0;
  #rowsMs = 0;
  /** Of one run, whatever its size. */
  #fixedMs = 0;
  #rowMs = 0;

  observe(rows: number, runMs: number): void {
    // A run that something else on the machine held up says little of the model; one that has become slower is believed by and by.
    const ms = this.#weight > 0 ? Math.min(runMs, 2 * this.of(rows) + 1) : runMs;
    this.#weight = this.#weight * KEPT + 1;
    this.#rows = this.#rows * KEPT + rows;
    this.#ms = this.#ms * KEPT + ms;
    this.#rowsRows = this.#rowsRows * KEPT + rows * rows;
    this.#rowsMs = this.#rowsMs * KEPT + rows * ms;
    this.#fit();
  }

  /** Milliseconds of one run; 0 while nothing is known. */
  of(rows: number): number {
    return this.#fixedMs + this.#rowMs * rows;
  }

  /** Milliseconds of many rows in runs of at most `perRun`. */
  ofMany(rows: number, perRun: number): number {
    return Math.ceil(rows / perRun) * this.#fixedMs + this.#rowMs * rows;
  }

  /**
   * Most rows that add no more than this to what a run takes whatever its size; at least one. While all runs have been of one size, another is tried, as
   * else it would never be seen that more rows hardly cost more.
   */
  rowsAdding(budgetMs: number): number {
    if (this.#weight === 0) return FIRST_ROWS;
    const most = Math.max(1, Math.floor(budgetMs / this.#rowMs + 1e-9));
    const usual = this.#rows / this.#weight;
    if (most > usual || this.#isSpread()) return most;
    return usual < 1.5 ? 2 : 1;
  }

  get #spread(): number {
    return this.#weight * this.#rowsRows - this.#rows * this.#rows;
  }

  /** Whether runs were of different sizes: those of one size tell nothing of how much is fixed. */
  #isSpread(): boolean {
    return this.#spread > 0.002 * this.#weight * this.#rowsRows;
  }

  #fit(): void {
    const slope = this.#isSpread() ? (this.#weight * this.#rowsMs - this.#rows * this.#ms) / this.#spread : Number.POSITIVE_INFINITY;
    this.#rowMs = Math.max(0, Math.min(slope, this.#ms / this.#rows));
    this.#fixedMs = Math.max(0, (this.#ms - this.#rowMs * this.#rows) / this.#weight);
  }
}
