import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A child process whose output is kept, and that never outlives the tests. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Standard output so far. */
  stdout(): string;
  /** Standard output and standard error so far, as they came. */
  logs(): string;
  /** Resolves when the process is gone and its output is complete. `code` is null when a signal ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const alive = new Set<ChildProcess>();
let watching = false;

function endAllAtExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
  });
}

/** What a child inherits from the developer's shell: enough to run, nothing that configures the product. */
export function plainEnv(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER', 'SSL_CERT_FILE'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Starts a program with exactly the environment given. @throws if the program cannot be started */
export function startChild(command: string, args: readonly string[], options: { env: Record<string, string>; cwd: string }): Child {
  endAllAtExit();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let logs = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    logs += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logs += text;
  });
  alive.add(child);
  const ended = once(child, 'close').then(([code, signal]) => {
    alive.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  ended.catch(() => alive.delete(child));
  return { pid: child.pid ?? -1, process: child, stdout: () => stdout, logs: () => logs, ended };
}
