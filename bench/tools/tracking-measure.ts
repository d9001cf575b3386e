import { readFileSync } from 'node:fs';
import pg from 'pg';
import { cpuMs, requests } from './processes.ts';
import type { TrackingServer } from './tracking-servers.ts';
import type { Measurement } from './tracking-work.ts';

export interface Figure {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Processor time per request: of the server and all that it started, and of the database's processes that work for it. */
  readonly cpuMs: number;
  readonly databaseCpuMs: number;
}

let nextNumber = 1;

/** Servers run for days: what a program compiles on its first requests is none of their price. Each gets as many or as long, whichever ends first. */
const WARM_REQUESTS = 2000;
const WARM_SHARE = 0.5;

/** Repeats a request for a while, after a warm-up. A failure is its own text. */
export async function measure(
  server: TrackingServer,
  { order, seconds }: Measurement & { readonly seconds: number },
  connections: number,
): Promise<Figure | string> {
  const common = { ...order, port: server.port, connections };
  const warm = await requests({ ...common, first: nextNumber, requests: WARM_REQUESTS, seconds: WARM_SHARE * seconds });
  nextNumber += warm.requests;
  if (warm.failed > 0) return warm.failure ?? 'failed';
  const [own, database] = [cpuMs(server.pid).tree, await databaseMs(server)];
  const report = await requests({ ...common, first: nextNumber, requests: 1e6, seconds });
  nextNumber += report.requests;
  const ownMs = cpuMs(server.pid).tree - own;
  const spent = await databaseMs(server);
  const databaseSpent = [...spent].reduce((sum, [pid, ms]) => sum + ms - (database.get(pid) ?? 0), 0);
  if (report.failed > 0) return report.failure ?? 'failed';
  const { p50Ms, p99Ms } = report;
  const perSecond = report.requests / report.seconds;
  return { p50Ms, p99Ms, perSecond, cpuMs: ownMs / report.requests, databaseCpuMs: databaseSpent / report.requests };
}

/** Processor time of each Postgres process that serves this server's database: the machine's Postgres works for others too. */
async function databaseMs({ store }: TrackingServer): Promise<ReadonlyMap<number, number>> {
  if (store.kind === 'sqlite') return new Map();
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await client.end();
  return new Map(rows.map(({ pid }) => [pid, processMs(pid)]));
}

function processMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0; // it has ended since
  }
}
