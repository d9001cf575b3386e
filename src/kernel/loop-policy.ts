import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** Policies of the Linux scheduler, as chrt(1) names them: `idle` runs when nobody else wants the processor, `other` is the usual one. */
export type Policy = 'idle' | 'other';

/** How often the loop, and what stands back behind it, should be looked at, milliseconds. */
export const LOOK_MS = 250;
/** Share of its time from which on the loop of this process counts as busy, and below which it is quiet again. */
export const BUSY = 0.15;
const QUIET = 0.05;
const QUIET_MS = 2000;
/** Work that got less than this share of a processor for this long goes before the others for a while: it must end some day. */
const STARVED = 0.05;
const STARVED_MS = 3000;
const RELIEF_MS = 1000;

/** Work that stands back behind the loop of this process. */
export interface StandingBack {
  /** Processor seconds that it has used so far; undefined when it does not want any now. */
  readonly used: () => number | undefined;
  readonly change: (policy: Policy) => void;
}

/**
 * Keeps work out of the way of the loop that answers: while this process is busy it runs only when nobody else wants the processor (SCHED_IDLE of
 * sched(7)). Niceness alone does not do: a thread that wakes up waits for the slice of a nice one to end, some milliseconds, and that at every step of a
 * request. When the loop is quiet, or the work starves, it runs at the normal policy.
 */
export class LoopPolicy {
  readonly #work: StandingBack;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #policy: Policy;
  #busyAt = Number.NEGATIVE_INFINITY;
  #relievedAt = Number.NEGATIVE_INFINITY;
  /** When it last was seen to get on, or to want nothing, and what it had used then, seconds. */
  #heldSince = performance.now();
  #usedThen: number | undefined;

  /** @param policy that the work has now */
  constructor(work: StandingBack, policy: Policy) {
    this.#work = work;
    this.#policy = policy;
    if (policy === 'idle') this.#busyAt = performance.now();
  }

  /** Looks at the loop every LOOK_MS. @returns ends that */
  watch(): () => void {
    const timer = setInterval(() => this.#look(), LOOK_MS).unref();
    return () => clearInterval(timer);
  }

  #look(): void {
    try {
      const wanted = this.#wanted(performance.now());
      if (wanted === this.#policy) return;
      this.#work.change(wanted);
      this.#policy = wanted;
      if (wanted === 'idle') this.#holdFrom(performance.now());
    } catch {
      // The work has ended.
    }
  }

  #wanted(now: number): Policy {
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    if (utilization > (this.#policy === 'idle' ? QUIET : BUSY)) this.#busyAt = now;
    if (now - this.#busyAt > QUIET_MS) return 'other';
    if (now - this.#relievedAt < RELIEF_MS) return 'other';
    if (this.#policy === 'other') return 'idle';
    if (now - this.#heldSince < STARVED_MS) return 'idle';
    const then = this.#usedThen;
    const since = this.#heldSince;
    const used = this.#holdFrom(now);
    if (then === undefined || used === undefined || used - then >= (STARVED * (now - since)) / 1000) return 'idle';
    this.#relievedAt = now;
    return 'other';
  }

  #holdFrom(now: number): number | undefined {
    this.#heldSince = now;
    this.#usedThen = this.#work.used();
    return this.#usedThen;
  }
}
