import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, plainEnv, startChild } from './child.ts';
import { waitFor } from './wait-for.ts';

export interface ProductOptions {
  /** Data folder to start on; by default a new one, removed at the end. */
  readonly data?: string;
  /** Further arguments of `trainyard start`, such as `--target tracking` or `--examples`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory, which relative paths in arguments start from; the repository by default. */
  readonly cwd?: string;
  /** How long it may take until it serves. */
  readonly readyWithinMs?: number;
}

/** The real program in a process of its own. Use it with `await using`, so that it ends whatever the test does. */
export interface Product extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  readonly data: string;
  /** Everything that it printed so far. */
  logs(): string;
  /** Asks it to end (SIGTERM) and gives the exit code. @throws when it has not ended after 15 s */
  stop(): Promise<number | null>;
  /** Ends it as a crash would. */
  kill9(): Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'bin/trainyard.js');

/** Runs `trainyard` with any arguments to its end. */
export async function runTrainyard(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = root) {
  const child = startChild(process.execPath, [main, ...args], { cwd, env: { ...plainEnv(), ...env } });
  const { code } = await child.ended;
  return { code, stdout: child.stdout(), logs: child.logs() };
}

/** Starts `trainyard start` on a free port and waits for its line `ready http://HOST:PORT`. @throws with its output if it ends first */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'trainyard-test-')));
  const args = [main, 'start', '--data', data, '--port', '0', ...(options.args ?? [])];
  const child = startChild(process.execPath, args, { cwd: options.cwd ?? root, env: { ...plainEnv(), ...options.env } });
  const kill9 = async () => {
    child.process.kill('SIGKILL');
    await child.ended;
  };
  const dispose = async () => {
    await kill9();
    if (options.data === undefined) await rm(data, { recursive: true, force: true });
  };
  try {
    const url = await readyUrl(child, options.readyWithinMs ?? 60_000);
    return { url, pid: child.pid, data, logs: child.logs, stop: () => stop(child), kill9, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function readyUrl(child: Child, withinMs: number): Promise<string> {
  let exit: number | null | undefined;
  child.ended.then(
    ({ code }) => {
      exit = code;
    },
    () => {
      exit = null;
    },
  );
  const seen = await waitFor('the line `ready http://…`', () => (exit === undefined ? readyLine(child) : 'ended'), withinMs).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${child.logs()}`);
    },
  );
  if (seen === 'ended') throw new Error(`trainyard ended with ${exit} before it was ready:\n${child.logs()}`);
  return seen;
}

const readyLine = (child: Child): string | undefined => /^ready (http\S+?)\/?$/mu.exec(child.stdout())?.[1];

async function stop(child: Child): Promise<number | null> {
  child.process.kill('SIGTERM');
  let tooLate: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    tooLate = setTimeout(() => reject(new Error(`trainyard did not end after SIGTERM:\n${child.logs()}`)), 30_000);
  });
  const { code } = await Promise.race([child.ended, late]).finally(() => clearTimeout(tooLate));
  return code;
}
