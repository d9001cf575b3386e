import { type ChildProcess, fork } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorFromWire } from '#kernel/errors.ts';
import type { Session, TensorInfo, Tensors } from '#ports/inference.ts';
import { makeOwnFolder } from '#ports/machine/leftovers.ts';
import { fail } from './errors.ts';
import type { FromModel, Measured, ToModel } from './messages.ts';
import type { Grown } from './sizes.ts';

export interface ProcessLimits {
  readonly loadTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly memoryBytes: number;
}

interface Waiting {
  resolve(answer: Extract<FromModel, { kind: 'ran' | 'grown' }>): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** What the names of folders with a model for such a process begin with. */
export const FOLDERS = 'trainyard-model-';
const CHILD = fileURLToPath(new URL('./model-child.ts', import.meta.url));
const WATCH_MS = 200;

/** A model in a process of its own: whatever it does, it cannot hold or end the server. A process that dies or hangs is started again. */
export class ModelProcess implements Session {
  readonly isolated = true;
  inputs: readonly TensorInfo[] = [];
  outputs: readonly TensorInfo[] = [];
  measured: Measured = { createMs: 0, runMs: 0, grownBytes: 0, residentBytes: 0 };
  readonly #folder: string;
  readonly #limits: ProcessLimits;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed: (() => void)[] = [];
  #child: Promise<ChildProcess> | undefined;
  #next = 0;
  /** As the watch saw it last, bytes; 0 while no process runs. */
  #resident = 0;
  /** It was ended for what it took. */
  #isTooLarge = false;
  #closing = false;

  private constructor(folder: string, limits: ProcessLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** @throws MODEL_INVALID when the model is broken, hangs while it is loaded, or wants too much memory */
  static async start(model: Uint8Array, limits: ProcessLimits): Promise<ModelProcess> {
    const folder = await makeOwnFolder(FOLDERS);
    await writeFile(join(folder, 'model.onnx'), model);
    const made = new ModelProcess(folder, limits);
    try {
      made.#child = made.#spawn();
      await made.#child;
      return made;
    } catch (error) {
      await made.close();
      throw error;
    }
  }

  get memoryBytes(): number {
    return Math.max(this.measured.residentBytes, this.#resident);
  }

  onClose(listener: () => void): void {
    this.#closed.push(listener);
  }

  async run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    const answer = await this.#ask((id) => ({ kind: 'run', id, feeds, ...(outputs ? { outputs } : {}) }));
    return answer.kind === 'ran' ? answer.outputs : {};
  }

  /** What larger and larger runs take. @throws where the model does not survive that */
  async grow(example: Tensors | undefined): Promise<Grown> {
    const answer = await this.#ask((id) => ({ kind: 'grow', id, ...(example ? { example } : {}) }));
    return answer.kind === 'grown' ? answer.grown : { runMs: 0, sizes: [] };
  }

  async #ask(message: (id: number) => ToModel): Promise<Extract<FromModel, { kind: 'ran' | 'grown' }>> {
    this.#child ??= this.#spawn();
    const child = await this.#child;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#hang(child, id), this.#limits.runTimeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      child.send(message(id));
    });
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const child = await this.#child?.catch(() => undefined);
    child?.kill('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
    for (const listener of this.#closed) listener();
  }

  #spawn(): Promise<ChildProcess> {
    const child = fork(CHILD, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const watch = setInterval(() => void this.#watchMemory(child), WATCH_MS);
    watch.unref();
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
        child.kill('SIGKILL');
      };
      const seconds = this.#limits.loadTimeoutMs / 1000;
      const timer = setTimeout(
        () => refuse(fail.modelInvalid({ reason: `it did not load within ${seconds} s.` })),
        this.#limits.loadTimeoutMs,
      );
      child.on('message', (message: FromModel) => {
        if (message.kind === 'refused') return refuse(errorFromWire(message.error));
        if (message.kind !== 'loaded') return this.#settle(message);
        clearTimeout(timer);
        this.inputs = message.inputs;
        this.outputs = message.outputs;
        this.measured = message.measured;
        resolve(child);
      });
      child.on('error', refuse);
      child.on('exit', (code, signal) => {
        clearInterval(watch);
        const how = this.#isTooLarge ? this.#tooLarge() : String(signal ?? code);
        refuse(fail.modelInvalid({ reason: `the process that loaded it ended (${how}).` }));
        this.#ended(how);
      });
      child.send({ kind: 'load', file: join(this.#folder, 'model.onnx') } satisfies ToModel);
    });
  }

  #settle(message: Extract<FromModel, { id: number }>): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.kind === 'failed') waiting.reject(errorFromWire(message.error));
    else waiting.resolve(message);
  }

  #hang(child: ChildProcess, id: number): void {
    this.#waiting.get(id)?.reject(fail.inferenceTimeout({ seconds: this.#limits.runTimeoutMs / 1000 }));
    this.#waiting.delete(id);
    child.kill('SIGKILL');
  }

  /** The next run starts a new process; runs that were under way fail. */
  #ended(how: string): void {
    this.#child = undefined;
    this.#resident = 0;
    this.#isTooLarge = false;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(fail.inferenceFailed({ reason: `the process of the model ended (${how}).` }));
    }
    this.#waiting.clear();
  }

  async #watchMemory(child: ChildProcess): Promise<void> {
    const pages = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => '');
    const resident = Number(pages.split(' ')[1] ?? 0) * 4096;
    this.#resident = resident;
    if (resident <= this.#limits.memoryBytes) return;
    this.#isTooLarge = true;
    child.kill('SIGKILL');
  }

  #tooLarge(): string {
    return `it took more than ${Math.round(this.#limits.memoryBytes / 2 ** 20)} MiB of memory`;
  }
}
