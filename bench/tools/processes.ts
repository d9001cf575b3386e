import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from './load-child.ts';
import type { OverloadOrder, OverloadReport } from './overload-child.ts';
import type { RequestOrder, RequestReport } from './request-child.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Clock ticks per second of /proc (sysconf(_SC_CLK_TCK) is 100 on Linux). */
const TICK_MS = 10;

export interface Running {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start to the ready line. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts `trainyard start` on a free port and a new folder, or on `data`. */
export function startTrainyard(args: readonly string[], options: { data?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Running> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const command = ['bin/trainyard.js', 'start', '--data', data, '--port', '0', ...args];
  const done = (): void => {
    if (options.data === undefined) rmSync(data, { recursive: true, force: true });
  };
  return startReady(process.execPath, command, { env: { ...process.env, LOG_LEVEL: 'error', ...options.env }, done });
}

/** Starts a server that prints `ready http://127.0.0.1:PORT`. */
export function startReady(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; done?: () => void } = {},
): Promise<Running> {
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd: root, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
      const url = /ready (http:\/\/\S+)/u.exec(text)?.[1];
      if (url === undefined) return;
      child.removeAllListeners('exit');
      const pid = child.pid as number;
      resolve({ url, port: Number(new URL(url).port), pid, readyMs: performance.now() - startedAt, stop: () => end(child, options.done) });
    });
  });
}

function end(child: ChildProcess, done: (() => void) | undefined): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      done?.();
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Sends load from a process of its own. */
export const load = (order: LoadOrder): Promise<LoadReport> => ordered('./load-child.ts', order);

/** Sends requests that differ from one another from a process of its own. */
export const requests = (order: RequestOrder): Promise<RequestReport> => ordered('./request-child.ts', order);

/** Sends more than can be answered from a process of its own. */
export const overload = (order: OverloadOrder): Promise<OverloadReport> => ordered('./overload-child.ts', order);

function ordered<Report>(program: string, order: LoadOrder | RequestOrder | OverloadOrder): Promise<Report> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)));
  return new Promise((resolve, reject) => {
    child.once('message', (report: Report) => {
      child.kill();
      resolve(report);
    });
    child.once('error', reject);
    child.send(order);
  });
}

/** CPU time used so far, milliseconds: of the main thread, and of the process with all its threads and living children. */
export function cpuMs(pid: number): { main: number; tree: number } {
  return { main: ticks(`/proc/${pid}/task/${pid}/stat`) * TICK_MS, tree: treeTicks(pid) * TICK_MS };
}

/** Resident memory, MiB. */
export function memoryMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Memory of a process and all that it started, MiB: resident, and with each shared page counted in parts (PSS), so that workers of one program are not counted twice. */
export function treeMemoryMb(pid: number): { rss: number; pss: number } {
  const living = treePids(pid).filter((each) => existsSync(`/proc/${each}`));
  const pssMb = (each: number): number => Number(/^Pss:\s+(\d+)/mu.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
  const sum = (of: (each: number) => number): number => living.reduce((total, each) => total + of(each), 0);
  return { rss: sum(memoryMb), pss: sum(pssMb) };
}

/** A process and all that it started, itself first. */
export function treePids(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treePids)];
}

/** None of a process or thread that has ended since it was listed. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function treeTicks(pid: number): number {
  return treePids(pid).reduce((sum, each) => sum + (existsSync(`/proc/${each}`) ? ticks(`/proc/${each}/stat`) : 0), 0);
}

function ticks(file: string): number {
  const stat = readFileSync(file, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Prints rows as a table with right-aligned columns. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] ?? '').length)));
  for (const row of [header, ...rows])
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  '));
}
