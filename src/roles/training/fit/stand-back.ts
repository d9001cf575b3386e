import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { pause } from '#kernel/retry.ts';
import type { Policy } from './messages.ts';

const run = promisify(execFile);

/** How often the loop and the child are looked at. */
const LOOK_MS = 250;
/** Share of its time from which on the loop of this process counts as busy, and below which it is quiet again. */
const BUSY = 0.15;
const QUIET = 0.05;
const QUIET_MS = 2000;
/** A child that got less than this share of a processor for this long goes before the others for a while: the job must end some day. */
const STARVED = 0.05;
const STARVED_MS = 3000;
const RELIEF_MS = 1000;
const TICKS_PER_SECOND = 100;

/** How long the loop is looked at before a child is started. */
const GLANCE_MS = 100;

/**
 * Stays beside the program in the background and puts it under the policies that it reads, one a line, from file 4: if the server did that itself, each
 * time would cost it a copy of the tables of all its memory. It ends with that pipe. The shell itself becomes the program.
 */
const WATCH = `while read -r policy; do chrt --all-tasks "--$policy" --pid 0 $$; done <&4 3>&- 2>/dev/null & exec 4<&-; exec "$@"`;

/**
 * Keeps a child that calculates out of the way of the loop that answers: while this process is busy the child runs only when nobody else wants the
 * processor (SCHED_IDLE of sched(7)). Niceness alone does not do: a thread that wakes up waits for the slice of a nice one to end, some milliseconds, and
 * that at every step of a request. When the loop is quiet, or the child starves, it runs at the normal policy. Where policies cannot be changed in both
 * directions (other systems, no right to) nothing happens.
 */
export interface StandBack {
  /** What the child's command line begins with; empty for none. Starting costs as much as a short fit, so it is started as it should go on. */
  readonly prefix: readonly string[];
  /** Looks after the child from now on. @param change writes a policy to the child's file 4 @returns ends it; call when the child has ended */
  readonly watch: (pid: number, change: (policy: Policy) => void) => () => void;
}

/** Looks at the loop for a moment, to start a child as it should go on. */
export async function standBack(): Promise<StandBack> {
  if (!(await canChange())) return { prefix: [], watch: () => () => {} };
  const before = performance.eventLoopUtilization();
  await pause(GLANCE_MS);
  const isBusy = performance.eventLoopUtilization(before).utilization > BUSY;
  return {
    prefix: ['/bin/sh', '-c', WATCH, 'sh', ...(isBusy ? ['chrt', '--idle', '0'] : [])],
    watch: (pid, change) => {
      const watch = new Watch({ pid, change }, isBusy ? 'idle' : 'other');
      const timer = setInterval(() => void watch.look(), LOOK_MS).unref();
      return () => clearInterval(timer);
    },
  };
}

interface Watched {
  readonly pid: number;
  readonly change: (policy: Policy) => void;
}

class Watch {
  readonly #child: Watched;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #policy: Policy;
  #isLooking = false;
  #busyAt = Number.NEGATIVE_INFINITY;
  #relievedAt = Number.NEGATIVE_INFINITY;
  /** When it last was seen to get on, and what it had used then, seconds. */
  #heldSince = performance.now();
  #usedThen = 0;

  constructor(child: Watched, policy: Policy) {
    this.#child = child;
    this.#policy = policy;
    if (policy === 'idle') this.#busyAt = performance.now();
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#change(await this.#wanted(performance.now()));
    } catch {
      // The child has ended.
    } finally {
      this.#isLooking = false;
    }
  }

  async #wanted(now: number): Promise<Policy> {
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    if (utilization > (this.#policy === 'idle' ? QUIET : BUSY)) this.#busyAt = now;
    if (now - this.#busyAt > QUIET_MS) return 'other';
    if (now - this.#relievedAt < RELIEF_MS) return 'other';
    if (this.#policy === 'other') return 'idle';
    if (now - this.#heldSince < STARVED_MS) return 'idle';
    const used = await secondsUsed(this.#child.pid);
    const isStarved = used - this.#usedThen < (STARVED * (now - this.#heldSince)) / 1000;
    this.#heldSince = now;
    this.#usedThen = used;
    if (!isStarved) return 'idle';
    this.#relievedAt = now;
    return 'other';
  }

  async #change(to: Policy): Promise<void> {
    if (to === this.#policy) return;
    this.#child.change(to);
    this.#policy = to;
    if (to === 'other') return;
    this.#heldSince = performance.now();
    this.#usedThen = await secondsUsed(this.#child.pid);
  }
}

/** Processor time of all threads, seconds: fields 14 and 15 of proc_pid_stat(5). */
async function secondsUsed(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

let known: Promise<boolean> | undefined;

/** Whether a process as nice as a training child may leave the idle policy again: without the right to, it could starve for ever. */
function canChange(): Promise<boolean> {
  known ??= run('nice', ['-n', '10', 'chrt', '--idle', '0', 'chrt', '--other', '0', 'true']).then(
    () => true,
    () => false,
  );
  return known;
}
