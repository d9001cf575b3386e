import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availability } from '#test/harness/available.ts';
import { servicesHome } from '../../scripts/services/service.ts';
import { treePids } from './processes.ts';

/** A tracking server that is measured. */
export interface TrackingServer {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the program to the first answer of its API. */
  readonly firstAnswerMs: number;
  /** Its SQLite file. */
  readonly database: string;
  stop(): Promise<void>;
}

export type Contender = () => Promise<TrackingServer | { readonly name: string; readonly missing: string }>;

interface Start {
  readonly name: string;
  readonly program: string;
  readonly args: (place: { readonly port: number; readonly folder: string }) => readonly string[];
  readonly database: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string): Promise<boolean> {
  const asked = await fetch(`${url}/api/2.0/mlflow/experiments/get?experiment_id=0`).catch(() => undefined);
  await asked?.arrayBuffer();
  return asked?.ok ?? false;
}

async function start({ name, program, args, database, env }: Start): Promise<TrackingServer> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const port = await freePort();
  const log = openSync(join(folder, 'log'), 'w');
  const startedAt = performance.now();
  const child = spawn(program, args({ port, folder }), { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    const pids = treePids(child.pid as number);
    child.kill('SIGTERM');
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {} // has ended
    }
    rmSync(folder, { recursive: true, force: true });
  };
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - startedAt > 180_000) {
      await stop();
      throw new Error(`${name} does not answer (exit code ${child.exitCode})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const firstAnswerMs = performance.now() - startedAt;
  return { name, url, port, pid: child.pid as number, firstAnswerMs, database: join(folder, database), stop };
}

const main = new URL('../../src/main.ts', import.meta.url).pathname;

export const ours: Contender = () =>
  start({
    name: 'trainyard',
    program: process.execPath,
    args: ({ port, folder }) => [main, 'start', '--data', folder, '--port', String(port), '--target', 'tracking,registry,artifacts'],
    database: 'trainyard.db',
    env: { LOG_LEVEL: 'error' },
  });

/** The newest MLflow of the tests' Python environment; with one worker, as several cost 40 ms a request (Nagle and delayed ACK). */
export const mlflow: Contender = async () => {
  const name = 'mlflow';
  const python = await availability('python');
  if ('reason' in python) return { name, missing: python.reason };
  return start({
    name,
    program: python.env['TRAINYARD_PYTHON'] ?? 'python3',
    args: ({ port, folder }) => [
      ...['-W', 'ignore', '-m', 'mlflow', 'server', '--workers', '1', '--host', '127.0.0.1', '--port', String(port)],
      ...['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', join(folder, 'artifacts')],
    ],
    database: 'mlflow.db',
    env: {
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      GIT_PYTHON_REFRESH: 'quiet',
    },
  });
};

/** A tracking server in Go. Install with `python3 -m venv DIR && DIR/bin/pip install fasttrackml`, DIR as told by the reason. */
export const fastTrackMl: Contender = async () => {
  const name = 'fasttrackml';
  const folder = join(servicesHome(), 'fasttrackml');
  const program = join(folder, 'bin', 'fml');
  if (!existsSync(program)) return { name, missing: `not installed: python3 -m venv ${folder} && ${folder}/bin/pip install fasttrackml` };
  return start({
    name,
    program,
    args: ({ port, folder: data }) => [
      ...['server', '--listen-address', `127.0.0.1:${port}`, '--database-uri', `sqlite://${data}/fml.db`],
      ...['--default-artifact-root', join(data, 'artifacts')],
    ],
    database: 'fml.db',
  });
};
