import { readFileSync, writeFileSync } from 'node:fs';
import { ELEMENT_ARRAYS, type Session, sizeOf, type Tensor, type TensorInfo, type Tensors } from '#ports/inference.ts';

/** The largest dimensions, by input, with which runs were seen to be small. */
export type Sizes = Readonly<Record<string, readonly number[]>>;

export interface Grown {
  /** Each with all that is smaller; none where nothing that was tried is an input for the model. */
  readonly sizes: readonly Sizes[];
  /** CPU time of the smallest run, milliseconds. */
  readonly runMs: number;
}

/** What a run may take to count as small: CPU time, milliseconds, and memory beyond what was there before, bytes. */
const SMALL_MS = 40;
const SMALL_BYTES = 32 * 2 ** 20;
/** How many rows are tried, one size after the other. */
const ROWS = [1, 4, 16, 64, 256, 1024, 4096];
const MAX_ELEMENTS = 4e6;
/** Widths that an input may want which tells none. */
const MAX_WIDTH = 64;
const TRIALS = 5;

type Feed = (n: number) => Tensors;

/**
 * Runs a model with more and more rows, until a run is no longer small: what grows with a power of the rows shows here, in a process where it harms nobody.
 * Dimensions that may vary grow together where the model takes that; else the first one does.
 * @param example one row that the model should take
 */
export async function tryLarger(session: Session, example: Tensors | undefined): Promise<Grown> {
  const isOpen = session.inputs.flatMap(({ shape }) => shape.slice(1)).some((dim) => dim === -1);
  const known: Feed[] = example ? [(n) => repeated(example, n)] : [];
  const widths = isOpen
    ? Array.from(
        { length: MAX_WIDTH },
        (_, i): Feed =>
          (n) =>
            zeros(session.inputs, n, MAX_WIDTH - i),
      )
    : [];
  const together: Feed = (n) => zeros(session.inputs, n, n);
  // Where the width is open, callers may send others than the example's.
  const ways = isOpen ? [together, ...widths, ...known] : [...known, together];
  let best: Found = { sizes: [], runMs: 0, rows: 0 };
  for (const way of ways) {
    const grown = await growth(session, way);
    if (grown.rows > best.rows) best = grown;
    // A way that goes on beyond one row is the right one.
    if (best.rows > 1 || (best.rows === 1 && !isOpen)) break;
  }
  if (!isOpen || best.rows === 0) return best;
  // One entry at a time may be much larger than many are: an image, say.
  const { sizes } = await growth(session, (n) => zeros(session.inputs, 1, n));
  return { runMs: best.runMs, sizes: [...best.sizes, ...sizes] };
}

interface Found extends Grown {
  /** How far it went. */
  readonly rows: number;
}

async function growth(session: Session, feed: Feed): Promise<Found> {
  let grown: Found = { sizes: [], runMs: 0, rows: 0 };
  for (const rows of ROWS) {
    const feeds = feed(rows);
    if (Object.values(feeds).reduce((sum, { dims }) => sum + sizeOf(dims), 0) > MAX_ELEMENTS) break;
    try {
      const { ms, bytes } = await measured(session, feeds);
      if (ms > SMALL_MS || bytes > SMALL_BYTES) break;
      const sizes = [Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]))];
      grown = { sizes, rows, runMs: rows === 1 ? await mean(session, feeds) : grown.runMs };
    } catch {
      break;
    }
  }
  return grown;
}

async function measured(session: Session, feeds: Tensors): Promise<{ ms: number; bytes: number }> {
  const before = forgetPeak();
  const from = cpuMs();
  await session.run(feeds);
  return { ms: cpuMs() - from, bytes: peakBytes() - before };
}

async function mean(session: Session, feeds: Tensors): Promise<number> {
  const from = cpuMs();
  for (let i = 0; i < TRIALS; i++) await session.run(feeds);
  return (cpuMs() - from) / TRIALS;
}

/** CPU time of this process, milliseconds: unlike the clock it does not depend on what else the machine does. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Begins a new peak (Linux, proc_pid_clear_refs). @returns resident memory now, bytes */
function forgetPeak(): number {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere, and where that is not allowed, time alone tells.
  }
  return Math.max(process.memoryUsage.rss(), peakBytes());
}

function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/u.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Zeros for each input; dimensions that may vary are `rows` where they are the first, else `width`. */
export function zeros(inputs: readonly TensorInfo[], rows: number, width: number): Tensors {
  return Object.fromEntries(
    inputs.map(({ name, type, shape }): [string, Tensor] => {
      const dims = shape.map((dim, i) => (dim !== -1 ? dim : i === 0 ? rows : width));
      const size = sizeOf(dims);
      // What is too large is never run.
      const made = size > MAX_ELEMENTS ? 0 : size;
      return [name, { type, dims, data: type === 'string' ? new Array<string>(made).fill('') : new ELEMENT_ARRAYS[type](made) }];
    }),
  );
}

/** A row as many times as asked for. */
function repeated(row: Tensors, times: number): Tensors {
  return Object.fromEntries(
    Object.entries(row).map(([name, { type, dims, data }]): [string, Tensor] => {
      const all = { type, dims: [times, ...dims.slice(1)] };
      if (Array.isArray(data)) return [name, { ...all, data: Array.from({ length: times }, () => data as readonly string[]).flat() }];
      const one = data as Float32Array;
      const many = new (one.constructor as Float32ArrayConstructor)(one.length * times);
      for (let i = 0; i < times; i++) many.set(one, i * one.length);
      return [name, { ...all, data: many }];
    }),
  );
}
