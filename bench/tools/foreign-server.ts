import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { treePids } from './processes.ts';

export interface ForeignStart {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Its working directory, where its log is written too. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it answers as it should. */
  readonly isReady: () => Promise<boolean>;
}

/** A server that is not ours, in a process of its own. */
export interface ForeignServer {
  readonly pid: number;
  /** Milliseconds from the start of the program to the first right answer. */
  readonly firstAnswerMs: number;
  /** Ends it and all that it started. */
  stop(): Promise<void>;
}

const GIVE_UP_MS = 180_000;

/** Starts a server and waits for its first right answer. @throws with the end of its log when there is none */
export async function startForeign({ name, program, args, folder, env, isReady }: ForeignStart): Promise<ForeignServer> {
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'w');
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    const pids = treePids(child.pid as number);
    child.kill('SIGTERM');
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {} // has ended
    }
  };
  while (!(await isReady())) {
    if (child.exitCode !== null || performance.now() - startedAt > GIVE_UP_MS) {
      await stop();
      const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join(' · ').slice(-300);
      throw new Error(`${name} does not answer (exit code ${child.exitCode}): ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { pid: child.pid as number, firstAnswerMs: performance.now() - startedAt, stop };
}
