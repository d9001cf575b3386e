import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { recordsOf } from '#ports/event-log.contract.ts';
import type { EventLog } from '#ports/event-log.ts';
import { openSegmentLog } from './open.ts';

async function everything(log: EventLog, maxBytes: number): Promise<{ records: string[]; chunks: number }> {
  const records: string[] = [];
  let chunks = 0;
  for (let from = 0; ; chunks++) {
    const chunk = await log.read(from, maxBytes);
    if (chunk.to === from) return { records, chunks };
    records.push(...recordsOf(chunk));
    expect(records).toHaveLength(chunk.to);
    from = chunk.to;
  }
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constant('\ud800 alone'),
  fc.integer({ min: 0, max: 400_000 }).map((n) => 'é'.repeat(n)),
);

test('what is read from memory is what the files hold, whatever the text and wherever blocks end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 2e6 }),
      async (appends, maxBytes) => {
        const dir = await mkdtemp(join(tmpdir(), 'segment-log-tail-'));
        const options = { dir, durability: 'os', logger: silentLogger } as const;
        const log = await openSegmentLog(options);
        for (const records of appends) log.append(records);
        const inMemory = await everything(log, maxBytes);
        await log.close();
        const again = await openSegmentLog(options);
        const onDisk = await everything(again, maxBytes);
        await again.close();
        await rm(dir, { recursive: true });
        expect(inMemory.records).toEqual(appends.flat().map((t) => Buffer.from(t).toString()));
        expect(onDisk.records).toEqual(inMemory.records);
      },
    ),
    { numRuns: 40 },
  );
});

test('chunks of what was just written lie in shared memory, which threads are given without a copy', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'segment-log-tail-'));
  const log = await openSegmentLog({ dir, durability: 'os', logger: silentLogger });
  log.append(['a', 'b']);
  const { buffer } = (await log.read(1, 1000)).bytes;
  expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  await log.close();
  await rm(dir, { recursive: true });
});
