import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '#test/harness/wait-for.ts';
import { standBack } from './stand-back.ts';

const OTHER = 0;
const IDLE = 5;

/** A process that calculates without end. */
function burner(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Policy of a process' first thread: field 41 of proc_pid_stat(5). */
function policyOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[38]);
}

/** Keeps the loop of this process busy for about half of its time. @returns ends that */
function busyLoop(): () => void {
  const timer = setInterval(() => {
    const end = performance.now() + 10;
    while (performance.now() < end);
  }, 20);
  onTestFinished(() => clearInterval(timer));
  return () => clearInterval(timer);
}

/** A process that calculates without end, started and looked after as `standBack` wants it. */
async function watched(): Promise<number> {
  const { prefix, watch } = await standBack();
  const [command, ...args] = [...prefix, process.execPath, '-e', 'for (;;);'];
  const child = spawn(command as string, args, { stdio: ['ignore', 'ignore', 'ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('the process did not start');
  onTestFinished(watch(child.pid, (policy) => (child.stdio[4] as Writable).write(`${policy}\n`)));
  return child.pid;
}

/** Policies can be changed in both directions on Linux by who may raise priorities: root, if its container lets it. */
const isPossible = spawnSync('nice', ['-n', '10', 'chrt', '--idle', '0', 'chrt', '--other', '0', 'true']).status === 0;

describe('a child that calculates', () => {
  if (isPossible) givesWay();
  else
    test('starts at the normal policy where it may not leave the idle policy again', async () => {
      busyLoop();
      expect((await standBack()).prefix).toEqual([]);
    });
});

function givesWay(): void {
  test('gives way while the loop is busy, and runs as before when it is quiet', async () => {
    const pid = await watched();
    // A machine with other work holds this loop up, too.
    await waitFor('a quiet loop', () => policyOf(pid) === OTHER, 30_000);
    const quieten = busyLoop();
    await waitFor('the idle policy', () => policyOf(pid) === IDLE);
    quieten();
    await waitFor('the normal policy', () => policyOf(pid) === OTHER, 30_000);
  });

  test('starts as it should go on', async () => {
    await waitFor('a quiet loop', async () => !(await standBack()).prefix.includes('--idle'));
    busyLoop();
    expect((await standBack()).prefix).toContain('--idle');
    const pid = await watched();
    await waitFor('the idle policy', () => policyOf(pid) === IDLE);
  });

  test('does not starve where others take every processor', { timeout: 60_000 }, async () => {
    for (let n = 0; n < 2 * availableParallelism(); n++) burner();
    const pid = await watched();
    busyLoop();
    for (let round = 1; round <= 2; round++) {
      await waitFor(`the idle policy, round ${round}`, () => policyOf(pid) === IDLE, 15_000);
      await waitFor(`relief, round ${round}`, () => policyOf(pid) === OTHER, 25_000);
    }
  });
}
