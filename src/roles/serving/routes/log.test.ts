import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSegmentLog } from '#adapters/segment-log/open.ts';
import { peerClient } from '#app/remote/client.ts';
import { remoteLog } from '#app/remote/log.ts';
import { Guard } from '#http/guard.ts';
import { Metrics } from '#http/metrics.ts';
import { HttpServer } from '#http/server.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { EventLog, LogSource } from '#ports/event-log.ts';
import { logRoutes } from './log.ts';

let dir: string;
let local: EventLog;
let server: HttpServer;
let remote: LogSource;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'trainyard-log-routes-'));
  local = await openSegmentLog({ dir, durability: 'os', logger: silentLogger });
  server = new HttpServer({
    guard: new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] }),
    logger: silentLogger,
    metrics: new Metrics(),
    maxBodyBytes: 1024,
  });
  server.add(logRoutes(local));
  remote = await remoteLog(peerClient('serving', `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`, undefined));
});
afterAll(async () => {
  await server.stop(1000);
  await local.close();
  await rm(dir, { recursive: true });
});

const never = new AbortController().signal;

describe('the event log over HTTP', () => {
  test('gives the same partition, ends and bytes as the log itself', async () => {
    await local.append([Buffer.from('one'), Buffer.from([0, 255, 10]), Buffer.from('three')]);
    expect(remote.partition).toBe(local.partition);
    expect([await remote.tail(), await remote.head()]).toEqual([0, 3]);
    const [near, far] = [await local.read(1, 1024), await remote.read(1, 1024)];
    expect({ ...far, bytes: Buffer.from(far.bytes) }).toEqual({ ...near, bytes: Buffer.from(near.bytes) });
  });

  test('wakes up whoever waits, and lets go of who gives up', async () => {
    const woken = remote.waitFor(3, never);
    await local.append([Buffer.from('four')]);
    await woken;
    const giveUp = new AbortController();
    const waiting = remote.waitFor(99, giveUp.signal);
    giveUp.abort();
    await waiting;
    expect(await remote.head()).toBe(4);
  });

  test('says that records are gone or not there yet in the words of the log', async () => {
    await expect(remote.read(50, 10)).rejects.toMatchObject({ name: 'EVENT_LOG_AHEAD' });
    await expect(remote.read(-1, 10)).rejects.toMatchObject({ name: 'INPUT_INVALID' });
  });

  test('passes acknowledgements on, so that retention may go ahead', async () => {
    await remote.acknowledge('index', 4);
    expect(await local.retain({ maxAgeMs: 0, maxBytes: 0 }, Date.now() + 1000)).toBeGreaterThan(0);
    expect(await remote.tail()).toBe(4);
    await expect(remote.read(0, 10)).rejects.toMatchObject({ name: 'EVENT_LOG_GAP' });
  });
});
