import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availability } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { servicesHome } from '../../scripts/services/service.ts';
import { freePort } from '../../scripts/services/system.ts';
import { startForeign } from './foreign-server.ts';

/** Where a server keeps its rows. */
export type Store = { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };

/** A tracking server that is measured. */
export interface TrackingServer {
  readonly name: 'trainyard' | 'mlflow' | 'fasttrackml';
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the program to the first answer of its API. */
  readonly firstAnswerMs: number;
  readonly store: Store;
  stop(): Promise<void>;
}

/** Starts a server on an empty database. */
export type Contender = (kind: Store['kind']) => Promise<TrackingServer | { readonly name: string; readonly missing: string }>;

interface Place {
  readonly port: number;
  readonly folder: string;
  readonly store: Store;
}

interface Start {
  readonly name: TrackingServer['name'];
  readonly kind: Store['kind'];
  readonly program: string;
  readonly args: (place: Place) => readonly string[];
  /** The name of its file, where it keeps its rows in one. */
  readonly file: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function answers(url: string): Promise<boolean> {
  const asked = await fetch(`${url}/api/2.0/mlflow/experiments/get?experiment_id=0`).catch(() => undefined);
  await asked?.arrayBuffer();
  return asked?.ok ?? false;
}

async function start({ name, kind, program, args, file, env }: Start): Promise<TrackingServer> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const database = kind === 'postgres' ? await freshDatabase() : undefined;
  const store: Store = database ? { kind: 'postgres', url: database.url } : { kind: 'sqlite', file: join(folder, file) };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const cleanUp = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    await database?.[Symbol.asyncDispose]();
  };
  const order = { name, program, args: args({ port, folder, store }), folder, isReady: () => answers(url), ...(env && { env }) };
  const server = await startForeign(order).catch(async (error: Error) => {
    await cleanUp();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await cleanUp();
  };
  return { ...server, name, url, port, store, stop };
}

const main = new URL('../../bin/trainyard.js', import.meta.url).pathname;

export const ours: Contender = (kind) =>
  start({
    name: 'trainyard',
    kind,
    program: process.execPath,
    args: ({ port, folder, store }) => [
      ...[main, 'start', '--data', folder, '--port', String(port), '--target', 'tracking,registry,artifacts'],
      ...(store.kind === 'postgres' ? ['--backend-store-uri', store.url] : []),
    ],
    file: 'trainyard.db',
    env: { LOG_LEVEL: 'error' },
  });

const mlflowEnv = {
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  GIT_PYTHON_REFRESH: 'quiet',
};

/** The newest MLflow of the tests' Python environment; with one worker, as several cost 40 ms a request (Nagle and delayed ACK). */
export const mlflow: Contender = async (kind) => {
  const name = 'mlflow';
  const found = await availability('python');
  if ('reason' in found) return { name, missing: found.reason };
  const python = found.env['TRAINYARD_PYTHON'] ?? 'python3';
  const driver = join(servicesHome(), 'python-postgres');
  if (kind === 'postgres' && !existsSync(driver)) {
    return { name, missing: `it lacks a driver for Postgres: ${python} -m pip install --target ${driver} psycopg2-binary` };
  }
  return start({
    name,
    kind,
    program: python,
    args: ({ port, folder, store }) => [
      ...['-W', 'ignore', '-m', 'mlflow', 'server', '--workers', '1', '--host', '127.0.0.1', '--port', String(port)],
      ...[
        '--backend-store-uri',
        store.kind === 'sqlite' ? `sqlite:///${store.file}` : store.url.replace(/^postgresql:/u, 'postgresql+psycopg2:'),
      ],
      ...['--artifacts-destination', join(folder, 'artifacts')],
    ],
    file: 'mlflow.db',
    env: kind === 'postgres' ? { ...mlflowEnv, PYTHONPATH: driver } : mlflowEnv,
  });
};

/** A tracking server in Go. Install with `python3 -m venv DIR && DIR/bin/pip install fasttrackml`, DIR as told by the reason. */
export const fastTrackMl: Contender = async (kind) => {
  const name = 'fasttrackml';
  const folder = join(servicesHome(), 'fasttrackml');
  const program = join(folder, 'bin', 'fml');
  if (!existsSync(program)) return { name, missing: `not installed: python3 -m venv ${folder} && ${folder}/bin/pip install fasttrackml` };
  return start({
    name,
    kind,
    program,
    args: ({ port, folder: data, store }) => [
      ...['server', '--listen-address', `127.0.0.1:${port}`, '--default-artifact-root', join(data, 'artifacts')],
      // Without TLS, which its driver asks for by default; the others do not use it on this machine either.
      ...['--database-uri', store.kind === 'sqlite' ? `sqlite://${store.file}` : `${store.url}?sslmode=disable`],
    ],
    file: 'fml.db',
  });
};
