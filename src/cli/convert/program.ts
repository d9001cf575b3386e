import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../terminal/client.ts';

/** What `python/convert.py inspect` tells of a model that it has not opened. */
export interface Inspected {
  readonly library: string;
  readonly flavor: string | null;
  readonly format: string;
  readonly file: string;
  /** Whether reading the file runs code that stands in it. */
  readonly runs_code: boolean;
  readonly python: string;
  readonly executable: string;
  /** Versions by package; null where a package is missing. */
  readonly versions: Readonly<Record<string, string | null>>;
}

/** What `python/convert.py convert` tells. The ONNX file is written only where no row differs. */
export interface Converted {
  readonly class: string;
  readonly rows: number;
  readonly source: string;
  readonly max_difference: number | null;
  readonly differing: number;
  readonly differing_rows: readonly number[];
  /** Columns of the MLflow signature. */
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly required: boolean }[];
}

const PROGRAM = fileURLToPath(new URL('../../../python/convert.py', import.meta.url));

/** The last lines of what Python printed, for a person to read. */
const TAIL = 2000;

/** Runs the converter with one Python; its report comes by a file, because libraries print as they like. */
export class Converter {
  readonly #python: string;
  readonly #folder: string;

  constructor(python: string, folder: string) {
    this.#python = python;
    this.#folder = folder;
  }

  /** @throws CliError for what is no model, and for missing packages with the command that installs them */
  inspect(model: string): Promise<Inspected> {
    return this.#run<Inspected>(['inspect', model]);
  }

  /** @throws CliError with the converter's own reason */
  convert(model: string, options: readonly string[]): Promise<Converted> {
    return this.#run<Converted>(['convert', model], options);
  }

  async #run<R extends object>([act, model]: readonly [string, string], options: readonly string[] = []): Promise<R> {
    const report = join(this.#folder, `${act}.json`);
    const { code, printed } = await this.#spawn([PROGRAM, act, model, report, ...options]);
    const told = (await readFile(report, 'utf8').then(JSON.parse, () => undefined)) as (R & { problem?: string }) | undefined;
    if (told?.problem !== undefined) throw new CliError(told.problem);
    if (told === undefined || code !== 0) throw new CliError(`${this.#python} ended with ${code} and no report.\n${printed}`);
    return told;
  }

  #spawn(args: readonly string[]): Promise<{ code: number | null; printed: string }> {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore', MLFLOW_DISABLE_TELEMETRY: 'true' };
    const child = spawn(this.#python, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let printed = '';
    const keep = (part: Buffer): void => {
      printed = (printed + part.toString('utf8')).slice(-TAIL);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new CliError(`'${this.#python}' does not start: ${error.message}`, { hint: PYTHON_HINT })));
      child.on('close', (code) => resolve({ code, printed }));
    });
  }
}

export const PYTHON_HINT = 'Name a Python 3.10 or newer with --python, or with TRAINYARD__SERVING__PYTHON__EXECUTABLE.';
