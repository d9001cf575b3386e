import { createHash } from 'node:crypto';
import type { Inference, LoadOptions, Session } from '#ports/inference.ts';
import { sweepLeftovers } from '#ports/machine/leftovers.ts';
import { BoundedSession } from './bounded-session.ts';
import type { Measured } from './messages.ts';
import { FOLDERS, ModelProcess } from './model-process.ts';
import { loadBinding, type Runtime } from './native.ts';
import { createSession } from './ort-session.ts';
import type { Grown, Sizes } from './sizes.ts';
import { Turns } from './turns.ts';
import { type Verdict, Verdicts } from './verdicts.ts';

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
}

const DEFAULTS = { createBudgetMs: 50, runBudgetMs: 2, loadTimeoutMs: 60_000, runTimeoutMs: 30_000, memoryBytes: 4 * 2 ** 30 } as const;

/** Each is a process that takes a core for a moment; more at once would all be late. A model that hangs holds its turn until it is given up. */
const TRIALS_AT_ONCE = 8;

/**
 * The inference port on onnxruntime-node. A model that was never seen is first loaded and run in a process of its own: one that is broken, hangs or eats
 * memory ends there. Small and quick ones then come into this thread for runs of the sizes that
 * were tried; the others stay where they are. The verdict is kept by the model's hash.
 */
export function openOnnx(options: OnnxOptions = {}): Inference {
  const limits = { ...DEFAULTS, ...options };
  const verdicts = new Verdicts(options.folder);
  const processes = new Set<ModelProcess>();
  const turns = new Turns(TRIALS_AT_ONCE);
  let runtime: Promise<Runtime> | undefined;

  // Processes that were killed leave their folders behind; nothing waits for them to go.
  void sweepLeftovers(FOLDERS).catch(() => undefined);

  const here = async (model: Uint8Array, memoryBytes?: number): Promise<Session> => {
    runtime ??= loadBinding();
    return createSession(await runtime, model, memoryBytes);
  };
  const apart = async (model: Uint8Array): Promise<ModelProcess> => {
    const process = await ModelProcess.start(model, limits);
    processes.add(process);
    process.onClose(() => processes.delete(process));
    return process;
  };

  const bounded = async (model: Uint8Array, { sizes, memoryBytes }: Extract<Verdict, { place: 'here' }>): Promise<Session> =>
    new BoundedSession({ here: await here(model, memoryBytes), sizes, apart: () => apart(model) });
  return {
    load: async (model: Uint8Array, { place = 'auto', example }: LoadOptions = {}) => {
      if (place === 'here') return here(model);
      if (place === 'apart') return apart(model);
      const key = createHash('sha256').update(model).digest('hex');
      const known = await verdicts.get(key);
      if (known !== undefined) return known.place === 'here' ? bounded(model, known) : apart(model);
      const process = await turns.run(() => apart(model));
      const grown: Grown = await process.grow(example?.(process)).catch(() => ({ runMs: 0, sizes: [] }));
      const verdict = verdictOf(process.measured, grown, limits);
      // What nothing could be tried on may be known better by whoever has an example.
      if (verdict.place === 'here' || grown.sizes.length > 0 || example) await verdicts.put(key, verdict);
      if (verdict.place === 'apart') return process;
      await process.close();
      return bounded(model, verdict);
    },
    close: async () => {
      await Promise.all([...processes].map((process) => process.close()));
    },
  };
}

/** A model comes into this thread if making it and a row of it are quick, and where something is known of what runs take. */
function verdictOf(
  measured: Measured,
  { sizes, runMs }: Grown,
  limits: { readonly createBudgetMs: number; readonly runBudgetMs: number },
): Verdict {
  const isQuick = measured.createMs <= limits.createBudgetMs && Math.max(measured.runMs, runMs) <= limits.runBudgetMs;
  const memoryBytes = measured.grownBytes;
  return isQuick && sizes.length > 0 ? { place: 'here', memoryBytes, sizes: sizes.map(writable) } : { place: 'apart', memoryBytes };
}

const writable = (sizes: Sizes): Record<string, number[]> =>
  Object.fromEntries(Object.entries(sizes).map(([name, dims]) => [name, [...dims]]));
