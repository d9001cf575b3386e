import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { BUSY, LoopPolicy, type Policy } from '#kernel/loop-policy.ts';
import { pause } from '#kernel/retry.ts';

const run = promisify(execFile);

const TICKS_PER_SECOND = 100;

/** How long the loop is looked at before a child is started. */
const GLANCE_MS = 100;

/**
 * Stays beside the program in the background and puts it under the policies that it reads, one a line, from file 4: if the server did that itself, each
 * time would cost it a copy of the tables of all its memory. It ends with that pipe. The shell itself becomes the program.
 */
const WATCH = `while read -r policy; do chrt --all-tasks "--$policy" --pid 0 $$; done <&4 3>&- 2>/dev/null & exec 4<&-; exec "$@"`;

/**
 * Keeps a child that calculates out of the way of the loop that answers, as LoopPolicy says. Where policies cannot be changed in both directions (other
 * systems, no right to) nothing happens.
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
    watch: (pid, change) => new LoopPolicy({ used: () => secondsUsed(pid), change }, isBusy ? 'idle' : 'other').watch(),
  };
}

/** Processor time of all threads, seconds: fields 14 and 15 of proc_pid_stat(5). Read here and now: the pool's threads may stand back themselves. */
function secondsUsed(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
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
