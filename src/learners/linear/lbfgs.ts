/** A smooth function: writes its gradient at `x` into `gradient` and returns its value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/** When to stop: the largest component of the gradient, and the number of steps. */
export interface Stopping {
  readonly tolerance: number;
  readonly maxSteps: number;
  readonly onStep?: (step: number) => void;
}

const MEMORY = 10;

/** A step that gains no more than this part of the value ends the search: the rest is rounding. */
const FLAT = 64 * Number.EPSILON;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/**
 * Minimises a convex function by limited-memory BFGS with a line search for the strong Wolfe conditions.
 *
 * @param start is overwritten with the solution
 * @returns steps taken, and whether the tolerance was reached
 * @see Nocedal and Wright, Numerical Optimization (2006), algorithms 7.4, 3.5 and 3.6
 */
export function minimise(objective: Objective, start: Float64Array, stopping: Stopping): { steps: number; converged: boolean } {
  const gradient = new Float64Array(start.length);
  const memory: Pair[] = [];
  let point: Point = { x: start, value: objective(start, gradient), gradient };
  for (let step = 0; step < stopping.maxSteps; step++) {
    if (largestAbsolute(point.gradient) <= stopping.tolerance) return finish(start, point, { steps: step, converged: true });
    const direction = descend(point.gradient, memory);
    const guess = memory.length === 0 ? Math.min(1, 1 / norm(point.gradient)) : 1;
    const next = searchLine(objective, { from: point, direction, guess });
    if (!next) return finish(start, point, { steps: step, converged: false });
    const s = next.x.map((value, i) => value - point.x[i]!);
    const y = next.gradient.map((value, i) => value - point.gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-14 * dot(y, y)) memory.push({ s, y, rho: 1 / curvature });
    if (memory.length > MEMORY) memory.shift();
    const flat = point.value - next.value <= FLAT * Math.max(1, Math.abs(next.value));
    point = next;
    stopping.onStep?.(step + 1);
    if (flat) return finish(start, point, { steps: step + 1, converged: largestAbsolute(point.gradient) <= stopping.tolerance });
  }
  return finish(start, point, { steps: stopping.maxSteps, converged: largestAbsolute(point.gradient) <= stopping.tolerance });
}

interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

function finish<T>(start: Float64Array, point: Point, result: T): T {
  start.set(point.x);
  return result;
}

/** The two-loop recursion. */
function descend(gradient: Float64Array, memory: readonly Pair[]): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (let i = memory.length - 1; i >= 0; i--) {
    const { s, y, rho } = memory[i]!;
    const alpha = rho * dot(s, q);
    alphas[i] = alpha;
    for (let j = 0; j < q.length; j++) q[j]! -= alpha * y[j]!;
  }
  const last = memory.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let j = 0; j < q.length; j++) q[j]! *= scale;
  }
  for (const [i, { s, y, rho }] of memory.entries()) {
    const beta = rho * dot(y, q);
    for (let j = 0; j < q.length; j++) q[j]! += (alphas[i]! - beta) * s[j]!;
  }
  return q;
}

interface Line {
  readonly from: Point;
  readonly direction: Float64Array;
  readonly guess: number;
}

/** A step that meets the strong Wolfe conditions, or the best decrease found; null where rounding leaves none. */
function searchLine(objective: Objective, { from, direction, guess }: Line): Point | null {
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) return null;
  let low = 0;
  let lowValue = from.value;
  let high = Number.POSITIVE_INFINITY;
  let size = guess;
  let best: Point | null = null;
  for (let trial = 0; trial < 40; trial++) {
    const x = from.x.map((value, i) => value + size * direction[i]!);
    const gradient = new Float64Array(x.length);
    const point: Point = { x, gradient, value: objective(x, gradient) };
    const along = dot(gradient, direction);
    if (!(point.value <= from.value + 1e-4 * size * slope) || point.value > lowValue) high = size;
    else {
      if (!best || point.value < best.value) best = point;
      if (Math.abs(along) <= -0.9 * slope) return point;
      if (along > 0) high = size;
      else {
        low = size;
        lowValue = point.value;
      }
    }
    size = Number.isFinite(high) ? (low + high) / 2 : size * 2;
  }
  return best;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function largestAbsolute(a: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]!));
  return largest;
}
