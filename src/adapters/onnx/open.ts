import { createHash } from 'node:crypto';
import type { Inference, LoadOptions, Session } from '#ports/inference.ts';
import { sweepLeftovers } from '#ports/machine/leftovers.ts';
import { FOLDERS, ModelProcess } from './model-process.ts';
import { loadBinding, type Runtime } from './native.ts';
import { createSession } from './ort-session.ts';
import { Turns } from './turns.ts';
import { Verdicts } from './verdicts.ts';

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
 * memory ends there. Small and quick ones then come into this thread; the others stay where they are. The verdict is kept by the model's hash.
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

  return {
    load: async (model: Uint8Array, { place = 'auto' }: LoadOptions = {}) => {
      if (place === 'here') return here(model);
      if (place === 'apart') return apart(model);
      const key = createHash('sha256').update(model).digest('hex');
      const known = await verdicts.get(key);
      if (known !== undefined) return known.place === 'here' ? here(model, known.memoryBytes) : apart(model);
      const process = await turns.run(() => apart(model));
      const { createMs, runMs, grownBytes } = process.measured;
      const best = createMs <= limits.createBudgetMs && runMs <= limits.runBudgetMs ? 'here' : 'apart';
      await verdicts.put(key, { place: best, memoryBytes: grownBytes });
      if (best === 'apart') return process;
      await process.close();
      return here(model, grownBytes);
    },
    close: async () => {
      await Promise.all([...processes].map((process) => process.close()));
    },
  };
}
