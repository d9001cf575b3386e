import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { eventLogContract, type OpenedLog, recordsOf } from '#ports/event-log.contract.ts';
import type { Durability } from '#ports/event-log.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { openSegmentLog } from './open.ts';
import { type FileCalls, realFiles } from './writer.ts';

async function folder(): Promise<AsyncDisposable & { dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'segment-log-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

async function opened(durability: Durability): Promise<OpenedLog> {
  const { dir, ...rest } = await folder();
  const options = { dir, durability, segmentBytes: 4096, logger: silentLogger };
  let log = await openSegmentLog(options);
  return {
    get log() {
      return log;
    },
    async reopen() {
      await log.close();
      log = await openSegmentLog(options);
      return log;
    },
    async [Symbol.asyncDispose]() {
      await log.close();
      await rest[Symbol.asyncDispose]();
    },
  };
}

for (const durability of ['none', 'os', 'disk'] as const) eventLogContract(`segment files, ${durability}`, () => opened(durability));

const logFiles = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(dir, name));

/** Writes the records, lets `harm` change the last file, and gives what a new log finds. */
async function afterHarm(records: readonly Uint8Array[], harm: (path: string) => void): Promise<string[]> {
  await using place = await folder();
  const options = { dir: place.dir, durability: 'os', logger: silentLogger } as const;
  const first = await openSegmentLog(options);
  if (records.length > 0) first.append(records);
  await first.close();
  harm(logFiles(place.dir).at(-1)!);
  const log = await openSegmentLog(options);
  const found = recordsOf(await log.read(0, 1 << 24));
  expect(await log.append([Buffer.from('after')])).toBe(found.length);
  expect(recordsOf(await log.read(found.length, 100))).toEqual(['after']);
  await log.close();
  return found;
}

const someRecords = fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 });

describe('a torn end', () => {
  test('wherever the file is cut, it opens with the whole records before the cut', async () => {
    await fc.assert(
      fc.asyncProperty(someRecords, fc.double({ min: 0, max: 1, noNaN: true }), async (texts, share) => {
        const found = await afterHarm(
          texts.map((t) => Buffer.from(t)),
          (path) => truncateSync(path, Math.floor(statSync(path).size * share)),
        );
        expect(found).toEqual(texts.slice(0, found.length));
      }),
      { numRuns: 40 },
    );
  });

  test('damaged bytes end the log at the record that holds them; the ones before are kept', async () => {
    await fc.assert(
      fc.asyncProperty(someRecords, fc.nat(), fc.integer({ min: 1, max: 255 }), async (texts, at, flip) => {
        let harmed = 0;
        const found = await afterHarm(
          texts.map((t) => Buffer.from(t)),
          (path) => {
            const bytes = readFileSync(path);
            const room = bytes.length - 32;
            if (room === 0) return;
            harmed = 32 + (at % room);
            bytes[harmed]! ^= flip;
            writeFileSync(path, bytes);
          },
        );
        expect(found).toEqual(texts.slice(0, found.length));
        expect(found).toHaveLength(harmed === 0 ? texts.length : prefixBefore(texts, harmed));
      }),
      { numRuns: 40 },
    );
  });

  test('zeros behind the last record are no records', async () => {
    const found = await afterHarm([Buffer.from('x')], (path) => writeFileSync(path, Buffer.alloc(5000), { flag: 'a' }));
    expect(found).toEqual(['x']);
  });
});

/** How many records end before byte `at` of the file. */
function prefixBefore(texts: readonly string[], at: number): number {
  let end = 32;
  let whole = 0;
  for (const text of texts) {
    end += 8 + Buffer.byteLength(text);
    if (end > at) break;
    whole++;
  }
  return whole;
}

describe('a full disk', () => {
  /** Lets only so many bytes through, like a disk that fills up in the middle of a write. */
  function smallDisk(free: { bytes: number }): FileCalls {
    return {
      ...realFiles,
      write(fd, bytes, start, length, position) {
        const fits = Math.min(length, free.bytes);
        if (fits === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        free.bytes -= fits;
        return realFiles.write(fd, bytes, start, fits, position);
      },
    };
  }

  test('nothing of the batch is kept, the caller is told, and the log goes on when there is space', async () => {
    await using place = await folder();
    const free = { bytes: 100 };
    const log = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger, files: smallDisk(free) });
    log.append([Buffer.from('kept')]);
    expect(() => log.append([Buffer.from('lost'), Buffer.alloc(500)])).toThrow(expect.objectContaining({ name: 'EVENT_LOG_FULL' }));
    free.bytes = 1000;
    expect(log.append([Buffer.from('later')])).toBe(1);
    await log.close();
    const again = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger });
    expect(recordsOf(await again.read(0, 1000))).toEqual(['kept', 'later']);
    await again.close();
  });

  test('a batch that cannot even be taken back does not come to life later', async () => {
    await using place = await folder();
    const free = { bytes: 25 };
    let broken = true;
    const files: FileCalls = {
      ...smallDisk(free),
      truncate: (fd, size) => {
        if (broken) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        realFiles.truncate(fd, size);
      },
    };
    const log = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger, files });
    expect(() => log.append([Buffer.from('a'), Buffer.from('b'), Buffer.from('c')])).toThrow();
    free.bytes = 1000;
    expect(() => log.append([Buffer.from('d')])).toThrow(expect.objectContaining({ name: 'EVENT_LOG_FULL' }));
    broken = false;
    log.append([Buffer.from('e')]);
    await log.close();
    const again = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger });
    expect(recordsOf(await again.read(0, 1000))).toEqual(['e']);
    await again.close();
  });

  test('when fsync fails, everyone who waits is told and no reader ever sees the records', async () => {
    await using place = await folder();
    let fails = false;
    const files: FileCalls = {
      ...realFiles,
      sync: (fd) => (fails ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) : realFiles.sync(fd)),
    };
    const log = await openSegmentLog({ dir: place.dir, durability: 'disk', logger: silentLogger, files });
    expect(await log.append([Buffer.from('safe')])).toBe(0);
    fails = true;
    const lost = [log.append([Buffer.from('x')]), log.append([Buffer.from('y')])];
    expect(await log.head()).toBe(1);
    for (const result of await Promise.allSettled(lost))
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'EVENT_LOG_FULL' } });
    fails = false;
    expect(await log.append([Buffer.from('z')])).toBe(1);
    expect(recordsOf(await log.read(0, 1000))).toEqual(['safe', 'z']);
    await log.close();
  });

  test.each(['os', 'disk'] as const)('it says since when and why it refuses, until the disk has space again (%s)', async (durability) => {
    await using place = await folder();
    const free = { bytes: 1000 };
    const log = await openSegmentLog({ dir: place.dir, durability, logger: silentLogger, files: smallDisk(free) });
    expect(log.stats().refusal).toBeUndefined();
    const from = Date.now();
    await expect((async () => log.append([Buffer.alloc(9000)]))()).rejects.toMatchObject({ name: 'EVENT_LOG_FULL' });
    const refusal = log.stats().refusal;
    expect(refusal).toMatchObject({ reason: 'ENOSPC' });
    expect(refusal?.sinceMs).toBeGreaterThanOrEqual(from);
    // Nobody appends any more: it finds out by itself, and what it tries leaves nothing behind.
    free.bytes = 1_000_000;
    await waitFor('the end of the refusal', () => log.stats().refusal === undefined);
    expect(await log.append([Buffer.from('later')])).toBe(0);
    await log.close();
    const again = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger });
    expect(recordsOf(await again.read(0, 1000))).toEqual(['later']);
    await again.close();
  });

  test('room for less than what was refused is no end of the refusal, an append that fits is', async () => {
    await using place = await folder();
    const free = { bytes: 0 };
    let tries = 0;
    const disk = smallDisk(free);
    const write: FileCalls['write'] = (...call) => {
      tries++;
      return disk.write(...call);
    };
    const log = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger, files: { ...disk, write } });
    expect(() => log.append([Buffer.alloc(500_000)])).toThrow();
    free.bytes = 100_000;
    tries = 0;
    await waitFor('a try', () => tries > 1);
    expect(log.stats().refusal).toMatchObject({ reason: 'ENOSPC' });
    free.bytes = 1000;
    expect(log.append([Buffer.from('small')])).toBe(0);
    expect(log.stats().refusal).toBeUndefined();
    await log.close();
  });

  test('appends stop while less than the reserve is free', async () => {
    await using place = await folder();
    const freeSpaceCheck = { minimumBytes: Number.MAX_SAFE_INTEGER, everyMs: 60_000 };
    const log = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger, freeSpaceCheck });
    expect(() => log.append([Buffer.from('x')])).toThrow(expect.objectContaining({ name: 'EVENT_LOG_FULL' }));
    expect(log.stats().refusal).toMatchObject({ reason: 'too little free space' });
    await log.close();
  });
});

describe('a damaged folder', () => {
  async function filled(dir: string): Promise<void> {
    const log = await openSegmentLog({ dir, durability: 'os', segmentBytes: 1000, logger: silentLogger });
    for (let i = 0; i < 20; i++) log.append([Buffer.alloc(300, 65 + i)]);
    await log.close();
  }

  test('a missing file in the middle is refused with its name', async () => {
    await using place = await folder();
    await filled(place.dir);
    unlinkSync(logFiles(place.dir)[2]!);
    const opening = openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger });
    await expect(opening).rejects.toMatchObject({ name: 'EVENT_LOG_DAMAGED', message: expect.stringContaining('a file is missing') });
  });

  test('damage in an older file is an error of the read, never silently skipped records', async () => {
    await using place = await folder();
    await filled(place.dir);
    const file = logFiles(place.dir)[1]!;
    const bytes = readFileSync(file);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(file, bytes);
    const log = await openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger });
    expect((await log.read(0, 10_000)).to).toBeGreaterThan(0);
    const { to } = await log.read(0, 10_000);
    await expect(log.read(to, 10_000)).rejects.toMatchObject({ name: 'EVENT_LOG_DAMAGED' });
    await log.close();
  });

  test('offsets that a sink has seen are not used again when the end was lost', async () => {
    await using place = await folder();
    const options = { dir: place.dir, durability: 'os', logger: silentLogger } as const;
    const first = await openSegmentLog(options);
    first.append(['a', 'b', 'c'].map((t) => Buffer.from(t)));
    await first.acknowledge('index', 3);
    await first.close();
    truncateSync(logFiles(place.dir)[0]!, 32 + 9);
    const log = await openSegmentLog(options);
    expect(log.append([Buffer.from('d')])).toBe(3);
    expect(recordsOf(await log.read(0, 1000))).toEqual(['a']);
    const behind = await log.read(1, 1000);
    expect([behind.from, behind.to, recordsOf(behind)]).toEqual([3, 4, ['d']]);
    await log.close();
  });

  test('a sink that is ahead of the log moves it on, and what comes then is read after the hole', async () => {
    await using place = await folder();
    const options = { dir: place.dir, durability: 'disk', logger: silentLogger } as const;
    const first = await openSegmentLog(options);
    await first.append([Buffer.from('a')]);
    await first.acknowledge('index', 5);
    expect(await first.append([Buffer.from('b')])).toBe(5);
    await first.close();
    const log = await openSegmentLog(options);
    expect(await log.append([Buffer.from('c')])).toBe(6);
    expect(recordsOf(await log.read(0, 1000))).toEqual(['a']);
    const behind = await log.read(1, 1000);
    expect([behind.from, behind.to, recordsOf(behind)]).toEqual([5, 7, ['b', 'c']]);
    await log.close();
  });

  test('a folder of a newer format is refused', async () => {
    await using place = await folder();
    writeFileSync(join(place.dir, 'log.json'), '{"version":9,"partition":"p"}');
    await expect(openSegmentLog({ dir: place.dir, durability: 'os', logger: silentLogger })).rejects.toMatchObject({
      name: 'EVENT_LOG_NEWER',
    });
  });
});
