import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { recordsOf } from '#ports/event-log.contract.ts';
import { openSegmentLog } from './open.ts';

/** Appends batch after batch in another process and says the offset after each. */
const WRITER = `
const { openSegmentLog } = await import(process.argv[1]);
const { silentLogger } = await import(process.argv[2]);
const log = await openSegmentLog({ dir: process.argv[3], durability: 'os', segmentBytes: 20000, logger: silentLogger });
for (let i = 0; ; i++) {
  const first = log.append(Array.from({ length: 7 }, (_, k) => Buffer.from('record ' + (i * 7 + k) + ' '.repeat(i % 50))));
  process.stdout.write(first + 7 + '\\n');
  if (i % 20 === 0) await new Promise(setImmediate);
}`;

test('after kill -9 every record that was confirmed is there, over many files', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'log-crash-'));
  try {
    const modules = ['./open.ts', '../../kernel/logger.ts'].map((path) => new URL(path, import.meta.url).href);
    const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, ...modules, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let confirmed = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      confirmed = Math.max(confirmed, Number(line));
      if (confirmed >= 5000) child.kill('SIGKILL');
    }
    const log = await openSegmentLog({ dir, durability: 'os', logger: silentLogger });
    const head = await log.head();
    expect(confirmed).toBeGreaterThanOrEqual(5000);
    // The last line that was said may have been cut off by the kill.
    expect(head).toBeGreaterThanOrEqual(confirmed);
    expect(log.stats().segments).toBeGreaterThan(3);
    for (let from = 0; from < head; ) {
      const chunk = await log.read(from, 100_000);
      for (const [i, record] of recordsOf(chunk).entries()) expect(record.trimEnd()).toBe(`record ${from + i}`);
      from = chunk.to;
    }
    await log.close();
  } finally {
    await rm(dir, { recursive: true });
  }
});
