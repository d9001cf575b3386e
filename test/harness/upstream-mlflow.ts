import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireService } from './available.ts';
import { plainEnv, startChild } from './child.ts';
import { waitFor } from './wait-for.ts';

export interface UpstreamMlflow extends AsyncDisposable {
  readonly url: string;
}

/** MLflow's own server, with one worker, on a new SQLite file. */
export async function startUpstreamMlflow(): Promise<UpstreamMlflow> {
  const python = (await requireService('python'))['TRAINYARD_PYTHON'] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-mlflow-'));
  const port = await freePort();
  const args = ['-W', 'ignore', '-m', 'mlflow', 'server', '--workers', '1', '--port', String(port)];
  const stores = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', join(folder, 'artifacts')];
  const quiet = { MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };
  const child = startChild(python, [...args, ...stores], { cwd: folder, env: { ...plainEnv(), ...quiet, GIT_PYTHON_REFRESH: 'quiet' } });
  const dispose = async () => {
    // Asked kindly it ends its worker too, killed it would not.
    child.process.kill('SIGTERM');
    await child.ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok || undefined;
  try {
    await waitFor("MLflow's server", answers, 60_000);
  } catch (error) {
    await dispose();
    throw new Error(`${(error as Error).message}\n${child.logs()}`);
  }
  return { url, [Symbol.asyncDispose]: dispose };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
