import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { requireService } from './available.ts';

export interface FreshDatabase extends AsyncDisposable {
  /** `postgresql://…` of an empty database that nobody else uses. */
  readonly url: string;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** An empty database, dropped on dispose even while connections are open. @throws if no server runs (see `describeWith`) */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = (await requireService('postgres')).TRAINYARD_TEST_POSTGRES ?? '';
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => execute(server, `drop database if exists ${name} with (force)`),
  };
}
