import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { retry } from '#kernel/retry.ts';

/** Longest path of a Unix socket's folder: the system takes 107 bytes with the name. */
const MAX_FOLDER_BYTES = 90;
const BACKLOG = 1024;
/** A port whose last workers are just ending becomes free in a moment. */
const PORT_TRIES = { attempts: 12, baseMs: 50, maxMs: 500, retriable: (e: unknown) => (e as { code?: string }).code === 'EADDRINUSE' };

/** A folder for Unix sockets that only this user can reach. Removed by the returned function. */
export function socketFolder(within: string): { readonly path: string; readonly remove: () => void } {
  const near = join(within, 'sockets');
  rmSync(near, { recursive: true, force: true });
  const isShort = Buffer.byteLength(near) <= MAX_FOLDER_BYTES;
  if (isShort) mkdirSync(near, { recursive: true, mode: 0o700 });
  const path = isShort ? near : mkdtempSync(join(tmpdir(), 'trainyard-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Fails where another program has the port: shared listening alone would not notice one that shares too. */
export async function checkPortIsFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = await retry(() => listening(createServer(), { host, port }), PORT_TRIES);
  await new Promise((resolve) => probe.close(resolve));
}

/** One of several listening sockets on a port; the system spreads connections over them. */
export async function sharedSocket(host: string, port: number, prepare: (server: Server) => void): Promise<Server> {
  const server = createServer();
  prepare(server);
  return listening(server, { host, port, reusePort: true });
}

function listening(server: Server, place: { host: string; port: number; reusePort?: boolean }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...place, backlog: BACKLOG }, () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}
