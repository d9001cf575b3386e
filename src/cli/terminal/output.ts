import { CliError } from './client.ts';

/** Writes for people, or as JSON for programs; notes and failures go to standard error. */
export class Output {
  readonly json: boolean;
  /** Programs read one JSON document. */
  #isAnswered = false;
  constructor(json: boolean) {
    this.json = json;
  }

  /** The command's result: the value itself as JSON, or the lines for people. */
  result(value: unknown, lines: () => readonly string[]): void {
    this.#isAnswered = true;
    if (this.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    else for (const line of lines()) process.stdout.write(`${line}\n`);
  }

  /** Said while the work goes on; silent for programs. */
  note(line: string): void {
    if (!this.json) process.stderr.write(`${line}\n`);
  }

  fail(error: unknown): void {
    const message = error instanceof CliError ? error.message : String((error as Error).stack ?? error);
    const hint = error instanceof CliError ? error.hint : undefined;
    if (this.json && !this.#isAnswered)
      process.stdout.write(`${JSON.stringify({ error: message, ...(hint === undefined ? {} : { hint }) })}\n`);
    process.stderr.write(`error: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  }
}

/** Rows as aligned columns under headings; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  if (rows.length === 0) return ['none'];
  const cells = rows.map((row) => row.map(cell));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const numeric = headings.map((_, i) => rows.every((row) => typeof row[i] === 'number' || row[i] === null || row[i] === undefined));
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (numeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(headings), ...cells.map(line)];
}

/** `name: value` lines, aligned. */
export function fields(values: Readonly<Record<string, unknown>>): string[] {
  const shown = Object.entries(values).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
