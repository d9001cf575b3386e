const WIDTH = 24;

/** A progress bar on standard error; silent unless that is a terminal. */
export class ProgressBar {
  readonly #shown: boolean;
  #last = '';

  constructor(shown = process.stderr.isTTY === true) {
    this.#shown = shown;
  }

  /** @param share from 0 to 1 */
  update(share: number, text: string): void {
    if (!this.#shown) return;
    const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
    const line = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${String(Math.round(share * 100)).padStart(3)} % ${text}`;
    if (line === this.#last) return;
    this.#last = line;
    process.stderr.write(`\r\u001b[K${line}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#shown && this.#last !== '') process.stderr.write('\r\u001b[K');
    this.#last = '';
  }
}
