import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pick, services } from './catalogue.ts';
import { accepts, freePort, run, withLock } from './system.ts';

let home: string;
const before = process.env.TRAINYARD_SERVICES;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trainyard-services-test-'));
  process.env.TRAINYARD_SERVICES = home;
});
afterEach(() => {
  if (before === undefined) delete process.env.TRAINYARD_SERVICES;
  else process.env.TRAINYARD_SERVICES = before;
  rmSync(home, { recursive: true });
});

describe('a lock', () => {
  test('lets one in at a time, in turn, and is gone afterwards', async () => {
    const order: string[] = [];
    const first = withLock('x', async () => {
      order.push('first in');
      await freePort();
      order.push('first out');
    });
    await Promise.all([first, withLock('x', async () => void order.push('second'))]);
    expect(order).toEqual(['first in', 'first out', 'second']);
    expect(existsSync(join(home, 'x.lock'))).toBe(false);
  });

  test('of a process that died is taken over', async () => {
    const dead = Number(await run(process.execPath, ['-p', 'process.pid']));
    writeFileSync(join(home, 'x.lock'), String(dead));
    expect(await withLock('x', async () => 'in')).toBe('in');
  });

  test('is given back when the work fails', async () => {
    await expect(withLock('x', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(join(home, 'x.lock'))).toBe(false);
  });
});

test('a failing command is told with its exit code and what it said', async () => {
  const script = "console.log('half done'); console.error('no space'); process.exit(4)";
  await expect(run(process.execPath, ['-e', script])).rejects.toThrow(/ended with 4:\nhalf done\s+no space/u);
});

test('a port is known to be open or closed', async () => {
  const port = await freePort();
  expect(await accepts(port)).toBe(false);
  const server = createServer().listen(port, '127.0.0.1');
  await expect.poll(() => accepts(port)).toBe(true);
  server.close();
});

describe('the services', () => {
  test('are all meant when none is named; an unknown name lists the known ones', () => {
    expect(pick([])).toEqual(services);
    expect(pick(['python']).map(({ name }) => name)).toEqual(['python']);
    expect(() => pick(['oracle'])).toThrow(
      "unknown service 'oracle'; there are curl, postgres, chromium, python, schemathesis, kserve, minio",
    );
  });
});
