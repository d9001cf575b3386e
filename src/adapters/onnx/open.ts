import { createHash } from 'node:crypto';
import { KnownError } from '#kernel/errors.ts';
import type { Inference, LoadOptions, Session } from '#ports/inference.ts';
import { sweepLeftovers } from '#ports/machine/leftovers.ts';
import { BoundedSession } from './bounded-session.ts';
import { specs } from './errors.ts';
import type { Measured } from './messages.ts';
import { FOLDERS, ModelProcess } from './model-process.ts';
import { loadBinding, type Runtime } from './native.ts';
import { createSession } from './ort-session.ts';
import type { Grown, Sizes } from './sizes.ts';
import { Turns } from './turns.ts';
import { type Verdict, Verdicts } from './verdicts.ts';
import { WaitingSession } from './waiting-session.ts';

export interface OnnxOptions {
  /** Folder where it is kept which models may run in the main thread. */
  readonly folder?: string;
  /** Longest time that making a session may hold the main thread, milliseconds; models above it live in a process of their own. */
  readonly createBudgetMs?: number;
  /** Longest time that a run of one row may hold the main thread, milliseconds. */
  readonly runBudgetMs?: number;
  /** After this a model that is still being loaded is given up, milliseconds. */
  readonly loadTimeoutMs?: number;
  /** After this a run in a process of its own is given up and the process started again, milliseconds. */
  readonly runTimeoutMs?: number;
  /** Most memory of a process that holds a model, bytes. */
  readonly memoryBytes?: number;
  /** Pauses before a trial that did not end in time is made again, milliseconds; as many times as there are pauses. */
  readonly trialPausesMs?: readonly number[];
}

const DEFAULTS = {
  createBudgetMs: 50,
  runBudgetMs: 2,
  loadTimeoutMs: 60_000,
  runTimeoutMs: 30_000,
  memoryBytes: 4 * 2 ** 30,
  trialPausesMs: [10_000, 60_000, 300_000, 1_800_000],
} as const;

/** What a process takes that was never seen, without the model. */
const PROCESS_BYTES = 80 * 2 ** 20;

/** Each is a process that takes a core for a moment; more at once would all be late. A model that hangs holds its turn until it is given up. */
const TRIALS_AT_ONCE = 8;

/**
 * The inference port on onnxruntime-node. A model that was never seen is first loaded and run in a process of its own: one that is broken, hangs or eats
 * memory ends there. Small and quick ones then come into this thread for runs of the sizes that
 * were tried; the others stay where they are. The verdict is kept by the model's hash.
 */
export function openOnnx(options: OnnxOptions = {}): Inference {
  // Processes that were killed leave their folders behind; nothing waits for them to go.
  void sweepLeftovers(FOLDERS).catch(() => undefined);
  return new Engine(options);
}

class Engine implements Inference {
  readonly #limits: Limits;
  readonly #verdicts: Verdicts;
  readonly #processes = new Set<ModelProcess>();
  readonly #waiting = new Set<WaitingSession>();
  readonly #turns = new Turns(TRIALS_AT_ONCE);
  #runtime: Promise<Runtime> | undefined;

  constructor(options: OnnxOptions) {
    this.#limits = { ...DEFAULTS, ...options };
    this.#verdicts = new Verdicts(options.folder);
  }

  async load(model: Uint8Array, { place = 'auto', example }: LoadOptions = {}): Promise<Session> {
    if (place === 'here') return this.#here(model);
    if (place === 'apart') return this.#apart(model);
    const key = createHash('sha256').update(model).digest('hex');
    const known = await this.#verdicts.get(key);
    if (known?.place === 'here') return this.#bounded(model, known);
    if (known && !known.late) return this.#apart(model);
    if (known) return this.#wait({ model, key, process: await this.#apart(model), example });
    const { process, isTried, verdict } = await this.#try(model, example);
    // What nothing could be tried on may be known better by whoever has an example.
    if (isTried || example) await this.#verdicts.put(key, verdict);
    if (verdict.place === 'here') return this.#bounded(model, verdict);
    return verdict.late ? this.#wait({ model, key, process, example }) : process;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#waiting].map((session) => session.close()));
    await Promise.all([...this.#processes].map((process) => process.close()));
  }

  async #here(model: Uint8Array, memoryBytes?: number): Promise<Session> {
    this.#runtime ??= loadBinding();
    return createSession(await this.#runtime, model, memoryBytes);
  }

  async #apart(model: Uint8Array): Promise<ModelProcess> {
    const process = await ModelProcess.start(model, this.#limits);
    this.#processes.add(process);
    process.onClose(() => this.#processes.delete(process));
    return process;
  }

  async #bounded(model: Uint8Array, { sizes, memoryBytes, processBytes }: Extract<Verdict, { place: 'here' }>): Promise<Session> {
    return new BoundedSession({
      here: await this.#here(model, memoryBytes),
      sizes,
      apart: () => this.#apart(model),
      apartBytes: processBytes ?? PROCESS_BYTES + (memoryBytes ?? 0),
    });
  }

  /** In its turn: each is a process that takes a core for a while. */
  #try(model: Uint8Array, example: LoadOptions['example']): Promise<Tried> {
    return this.#turns.run(async () => {
      const process = await this.#apart(model);
      const grown = await process.grow(example?.(process)).catch((error) => (isLate(error) ? LATE : NOTHING_TAKEN));
      const verdict = verdictOf(process.measured, grown, this.#limits);
      if (verdict.place === 'here') await process.close();
      return { process, isTried: grown.sizes.length > 0 || grown === LATE, verdict };
    });
  }

  /** Until a trial ends in time. */
  #wait({ model, key, process, example }: Late): Session {
    const again = async (): Promise<Session | 'apart' | undefined> => {
      const { process: second, verdict } = await this.#try(model, example);
      await second.close();
      if (verdict.place === 'apart' && verdict.late) return undefined;
      await this.#verdicts.put(key, verdict);
      return verdict.place === 'here' ? this.#bounded(model, verdict) : 'apart';
    };
    const session = new WaitingSession({ process, again, pausesMs: this.#limits.trialPausesMs });
    this.#waiting.add(session);
    process.onClose(() => this.#waiting.delete(session));
    return session;
  }
}

type Limits = Required<Omit<OnnxOptions, 'folder'>>;

interface Tried {
  /** Closed already where the model belongs into this thread. */
  readonly process: ModelProcess;
  /** Whether anything is known of larger runs, be it that they take too long. */
  readonly isTried: boolean;
  readonly verdict: Verdict;
}

interface Late {
  readonly model: Uint8Array;
  readonly key: string;
  readonly process: ModelProcess;
  readonly example: LoadOptions['example'];
}

const NOTHING_TAKEN: Grown = { runMs: 0, sizes: [] };
/** No answer came, which says nothing of the model. */
const LATE: Grown = { ...NOTHING_TAKEN };

function isLate(error: unknown): boolean {
  return error instanceof KnownError && error.spec === specs.inferenceTimeout;
}

/** A model comes into this thread if making it and a row of it are quick, and where something is known of what runs take. */
function verdictOf(measured: Measured, grown: Grown, limits: Limits): Verdict {
  const { sizes, runMs } = grown;
  const isQuick = measured.createMs <= limits.createBudgetMs && Math.max(measured.runMs, runMs) <= limits.runBudgetMs;
  const { grownBytes: memoryBytes, residentBytes: processBytes } = measured;
  if (isQuick && sizes.length > 0) return { place: 'here', memoryBytes, processBytes, sizes: sizes.map(writable) };
  return { place: 'apart', memoryBytes, ...(isQuick && grown === LATE ? { late: true } : {}) };
}

const writable = (sizes: Sizes): Record<string, number[]> =>
  Object.fromEntries(Object.entries(sizes).map(([name, dims]) => [name, [...dims]]));
