import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { servicesHome } from './service.ts';

export const isRoot = process.getuid?.() === 0;

interface RunOptions {
  /** Run as this user when we are root (servers that refuse root). */
  readonly user?: string;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** Runs a command to its end; a non-zero exit throws with the command and the tail of what it said. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const asOther = options.user !== undefined && isRoot;
  const argv = asOther ? ['runuser', '-u', options.user ?? '', '--', command, ...args] : [command, ...args];
  const child = spawn(argv[0] ?? command, argv.slice(1), {
    cwd: options.cwd ?? (asOther ? '/' : process.cwd()),
    // Some shells of root leave the system's own tools (runuser, dpkg's helpers) off the path.
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return stdout;
  const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${argv.join(' ')} ended with ${code}:\n${tail}`);
}

/** The path of an executable on PATH, or null. */
export function which(command: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder && existsSync(join(folder, command))) return join(folder, command);
  }
  return null;
}

let listsAreFresh = false;

/** Debian packages, without recommendations and without letting any daemon start by itself. */
export async function aptInstall(...packages: string[]): Promise<void> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!isRoot || !which('apt-get')) throw new Error(`needs root on Debian. Run this as root, then try again: ${command}`);
  const policy = '/usr/sbin/policy-rc.d';
  const ownPolicy = !existsSync(policy);
  if (ownPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  try {
    if (!listsAreFresh) await run('apt-get', ['update', '-qq', ...wait], { env });
    listsAreFresh = true;
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wait, ...packages], { env });
  } finally {
    if (ownPolicy) rmSync(policy, { force: true });
  }
}

/** A port that was free on 127.0.0.1 a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

/** Whether something accepts TCP connections on 127.0.0.1:`port`. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const answer = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}

/** Whether there is a process with this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One process at a time per service: several checkouts may test on one machine. A dead holder's lock is taken over. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const path = join(servicesHome(), `${name}.lock`);
  const deadline = Date.now() + 20 * 60_000;
  while (!tryLock(path)) {
    const holder = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    if (holder > 0 && !isAlive(holder)) rmSync(path, { force: true });
    else if (Date.now() > deadline) throw new Error(`${path} is held by process ${holder}; remove it if that is not ours`);
    else await delay(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
