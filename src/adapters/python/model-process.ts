import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Logger } from '#kernel/logger.ts';
import type { PythonColumn, PythonLimits, PythonSession, TensorInfo, Tensors } from '#ports/inference.ts';
import { fail } from './errors.ts';
import { readFrames, writeFrame } from './frames.ts';
import { cellsOf, inputOf, type OutputOnWire, tensorsOf } from './tensors.ts';

const PROGRAM = fileURLToPath(new URL('../../../python/serve.py', import.meta.url));
/** Batches that may wait besides the one that runs. */
const MAX_WAITING = 16;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** The last of what Python printed, for the log. */
const TAIL = 2000;

interface Described {
  readonly columns: readonly PythonColumn[];
  readonly outputs: readonly TensorInfo[];
  readonly classes: readonly (string | number)[] | null;
  readonly example: readonly (string | number | boolean | null)[] | null;
}

type Answer =
  | { readonly id: number; readonly outputs: readonly OutputOnWire[] }
  | { readonly id: number; readonly error: string; readonly kind: 'input' | 'model' };

interface Waiting {
  resolve(outputs: Tensors): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

interface Running {
  readonly child: ChildProcess;
  readonly described: Described;
}

export interface ProcessOptions {
  readonly label: string;
  readonly folder: string;
  readonly columns: readonly PythonColumn[] | undefined;
  readonly limits: PythonLimits;
  readonly logger: Logger;
  readonly onClose: () => Promise<void>;
}

/** A Python process that holds one model. One that dies or hangs is started again, later after every failure; until then the model answers 503. */
export class ModelProcess implements PythonSession {
  readonly isolated = true;
  inputs: readonly TensorInfo[] = [];
  outputs: readonly TensorInfo[] = [];
  columns: readonly PythonColumn[] = [];
  classes: PythonSession['classes'];
  example: PythonSession['example'];
  readonly #options: ProcessOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #how = 'it did not start';
  #failures = 0;
  #next = 0;
  #closing = false;

  private constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** @throws PYTHON_MODEL_UNSERVABLE */
  static async start(options: ProcessOptions): Promise<ModelProcess> {
    const made = new ModelProcess(options);
    try {
      const { columns, outputs, classes, example } = (await made.#spawn()).described;
      made.columns = columns;
      made.inputs = columns.map(inputOf);
      made.outputs = outputs;
      made.classes = classes ?? undefined;
      made.example = example ?? undefined;
      return made;
    } catch (error) {
      await made.close();
      throw error;
    }
  }

  run(feeds: Tensors): Promise<Tensors> {
    const { label, limits } = this.#options;
    const child = this.#child;
    if (child === undefined) return Promise.reject(fail.down({ label, how: this.#how }));
    if (this.#waiting.size > MAX_WAITING) return Promise.reject(fail.busy({ label, limit: MAX_WAITING }));
    const columns = cellsOf(feeds, this.columns);
    if (columns === undefined)
      return Promise.reject(fail.inputRefused({ label, reason: 'it takes one value per row and column, as many rows in each.' }));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#hang(child), limits.runTimeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      writeFrame(child.stdio[3] as Duplex, { id, rows: columns[0]?.length ?? 0, columns });
    });
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#restart);
    this.#child?.kill('SIGKILL');
    await this.#options.onClose();
  }

  async #spawn(): Promise<Running> {
    const { label, folder, columns, limits } = this.#options;
    const child = spawn(limits.executable, ['-u', '-B', PROGRAM, folder, String(limits.memoryBytes)], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    const printed = tailOf(child);
    const [to, from] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
    // A process that is gone is told by its exit; the pipes' own errors say nothing more.
    for (const stream of [to, from]) stream.on('error', () => {});
    return new Promise((resolve, reject) => {
      const refuse = (reason: string): void => {
        clearTimeout(timer);
        reject(fail.unservable({ label, reason }));
        child.kill('SIGKILL');
      };
      const seconds = limits.loadTimeoutMs / 1000;
      const timer = setTimeout(() => refuse(`it did not load within ${seconds} s.`), limits.loadTimeoutMs);
      const loaded = (described: Described & { readonly error?: string }): void => {
        clearTimeout(timer);
        if (described.error !== undefined) {
          refuse(described.error);
          return;
        }
        this.#child = child;
        resolve({ child, described });
      };
      const take = (value: unknown): void => {
        if (this.#child === child) this.#settle(value as Answer);
        else loaded(value as Described & { readonly error?: string });
      };
      readFrames(from, take, () => child.kill('SIGKILL'));
      child.on('error', (error) => refuse(`'${limits.executable}' does not start: ${error.message}`));
      child.on('exit', (code, signal) => {
        const how = signal ?? `code ${code}`;
        refuse(`its process ended (${how}) while it was loaded. ${lastLine(printed())}`);
        if (this.#child === child) this.#ended(how, printed());
      });
      writeFrame(to, { columns: columns ?? null });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    this.#failures = 0;
    const { label } = this.#options;
    if ('outputs' in answer) waiting.resolve(tensorsOf(answer.outputs));
    else waiting.reject((answer.kind === 'input' ? fail.inputRefused : fail.failed)({ label, reason: answer.error }));
  }

  /** Whatever waits behind the one that hangs would hang as well. */
  #hang(child: ChildProcess): void {
    const { label, limits } = this.#options;
    this.#rejectAll(fail.timeout({ label, seconds: limits.runTimeoutMs / 1000 }));
    child.kill('SIGKILL');
  }

  #rejectAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }

  #ended(how: string, printed: string): void {
    const { label, logger } = this.#options;
    this.#child = undefined;
    this.#how = how;
    this.#rejectAll(fail.down({ label, how }));
    if (this.#closing) return;
    logger.error({ model: label, how, printed: printed.slice(-500) }, 'the Python process of a model ended');
    this.#startLater();
  }

  #startLater(): void {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    this.#restart = setTimeout(() => {
      if (this.#closing) return;
      this.#spawn().then(
        ({ child }) => {
          if (this.#closing) child.kill('SIGKILL');
        },
        (error: Error) => {
          this.#how = error.message;
          if (!this.#closing) this.#startLater();
        },
      );
    }, pauseMs);
    this.#restart.unref();
  }
}

function tailOf(child: ChildProcess): () => string {
  let printed = '';
  const keep = (part: Buffer): void => {
    printed = (printed + part.toString('utf8')).slice(-TAIL);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => printed;
}

function lastLine(printed: string): string {
  return printed.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
