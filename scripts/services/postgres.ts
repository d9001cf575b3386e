import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropRecord, readRecord, type Service, servicesHome, writeRecord } from './service.ts';
import { accepts, aptInstall, freePort, isRoot, run, which } from './system.ts';

interface Cluster {
  readonly data: string;
  readonly port: number;
}

const user = 'postgres';
const usersHome = '/var/lib/postgresql';

/** For throw-away databases: nothing is written twice, nothing waits for the disk, only loopback is answered. */
const settings = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 60
`;

function binaries(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((v) => existsSync(join(root, v, 'bin', 'initdb'))) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined) return join(root, newest, 'bin');
  const initdb = which('initdb');
  return initdb === null ? null : join(initdb, '..');
}

function binary(name: string): string {
  const folder = binaries();
  if (folder === null) throw new Error('PostgreSQL is not installed: npm run services -- install postgres');
  return join(folder, name);
}

/** PostgreSQL refuses root, and the user `postgres` cannot enter root's cache folder: then the cluster lies in that user's home. */
function dataFolder(): string {
  const home = servicesHome();
  if (!isRoot) return join(home, 'postgres');
  const tag = createHash('sha256').update(home).digest('hex').slice(0, 8);
  return join(usersHome, `trainyard-${tag}`);
}

async function createCluster(data: string, given = settings): Promise<void> {
  if (!isRoot) mkdirSync(data, { recursive: true, mode: 0o700 });
  await run(binary('initdb'), ['-D', data, '-U', 'trainyard', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'], { user });
  // The folder may be open to its own user only: what is appended comes through that user.
  await run('sh', ['-c', 'printf %s "$1" >> "$0"', join(data, 'postgresql.conf'), given], { user });
}

async function startCluster({ data, port }: Cluster): Promise<void> {
  const log = join(data, 'server.log');
  try {
    await run(binary('pg_ctl'), ['-D', data, '-o', `-p ${port}`, '-l', log, '-w', '-t', '60', 'start'], { user });
  } catch (error) {
    const tail = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-10).join('\n') : '';
    throw new Error(`PostgreSQL did not start:\n${tail}`, { cause: error });
  }
}

/** `fast` ends connections and closes the database in order; `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

const stopCluster = (data: string, mode: StopMode): Promise<string> =>
  run(binary('pg_ctl'), ['-D', data, '-m', mode, '-w', '-t', '60', 'stop'], { user });

/** A cluster that may be stopped and started while a test uses it. */
export interface OwnCluster {
  readonly port: number;
  start(): Promise<void>;
  stop(mode: StopMode): Promise<void>;
  /** Stops it, if it runs, and removes it. */
  remove(): Promise<void>;
}

/** What was committed outlives a crash of the server here, as it does in earnest. */
const lasting = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 16MB
fsync = off
synchronous_commit = on
`;

/** A new cluster in a folder of its own, running. */
export async function ownCluster(): Promise<OwnCluster> {
  const folder = (await run('mktemp', ['-d', join(isRoot ? usersHome : tmpdir(), 'trainyard-own-XXXXXX')], { user })).trim();
  const cluster = { data: join(folder, 'data'), port: await quietPort() };
  const start = (): Promise<void> => startCluster(cluster);
  const remove = async (): Promise<void> => {
    if (await accepts(cluster.port)) await stopCluster(cluster.data, 'immediate');
    await run('rm', ['-rf', folder], { user });
  };
  try {
    await createCluster(cluster.data, lasting);
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { port: cluster.port, start, stop: async (mode) => void (await stopCluster(cluster.data, mode)), remove };
}

/** A free port below those that the system gives to connections: while the server is away nobody may be given its port. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** Databases that killed test runs left behind; called when nobody can be using them. */
async function dropLeftovers(port: number): Promise<void> {
  const psql = (sql: string) =>
    run(binary('psql'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'trainyard', '-d', 'postgres', '-Atc', sql]);
  const names = (await psql("select datname from pg_database where datname like 'test\\_%'")).split('\n').filter(Boolean);
  for (const name of names) await psql(`drop database "${name}" with (force)`);
}

async function start(): Promise<void> {
  const known = readRecord<Cluster>('postgres');
  if (known !== null && (await accepts(known.port))) return;
  const data = dataFolder();
  if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(data);
  const port = await freePort();
  await startCluster({ data, port });
  writeRecord('postgres', { data, port } satisfies Cluster);
  await dropLeftovers(port);
}

export const postgres: Service = {
  name: 'postgres',
  summary: 'PostgreSQL, one throw-away cluster; each test makes its own database',
  installed() {
    const folder = binaries();
    if (folder === null) return null;
    accessSync(folder, constants.R_OK);
    return folder;
  },
  install: () => aptInstall('postgresql'),
  start,
  async stop() {
    const known = readRecord<Cluster>('postgres');
    if (known === null) return;
    if (await accepts(known.port)) await stopCluster(known.data, 'fast');
    dropRecord('postgres');
  },
  async env() {
    const known = readRecord<Cluster>('postgres');
    if (known === null || !(await accepts(known.port))) return null;
    return { TRAINYARD_TEST_POSTGRES: `postgresql://trainyard@127.0.0.1:${known.port}/postgres` };
  },
};
