import { describe, expect, test } from 'vitest';
import { type EventLog, type LogChunk, RECORD_HEADER_BYTES } from './event-log.ts';

const record = (text: string): Uint8Array => Buffer.from(text);

/** Records as the bytes of a chunk. */
export function chunkBytes(records: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = records.flatMap((each) => {
    const bytes = Buffer.from(each as string);
    const header = Buffer.alloc(RECORD_HEADER_BYTES);
    header.writeUInt32LE(bytes.length);
    return [header, bytes];
  });
  return Buffer.concat(parts);
}

/** The records of a chunk, unpacked. */
export function recordsOf(chunk: LogChunk): string[] {
  const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength);
  const out: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    out.push(bytes.toString('utf8', at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length));
    at += RECORD_HEADER_BYTES + length;
  }
  return out;
}

/** Everything from `from` to the head. */
async function readAll(log: EventLog, from: number, maxBytes = 1 << 20): Promise<string[]> {
  const out: string[] = [];
  for (;;) {
    const chunk = await log.read(from, maxBytes);
    if (chunk.to === chunk.from) return out;
    expect(chunk.from).toBe(from);
    const records = recordsOf(chunk);
    expect(records).toHaveLength(chunk.to - chunk.from);
    out.push(...records);
    from = chunk.to;
  }
}

/** A log that is closed at the end of a test. */
export interface OpenedLog extends AsyncDisposable {
  readonly log: EventLog;
  /** Closes the log and opens it again over the same storage. */
  reopen(): Promise<EventLog>;
}

/** Every adapter of the event log port behaves like this. `open` gives a fresh, empty log whose files hold about 4 KiB. */
export function eventLogContract(name: string, open: () => Promise<OpenedLog>): void {
  describe(`event log: ${name}`, () => {
    test('a new log is empty and waits at 0', async () => {
      await using opened = await open();
      const { log } = opened;
      expect(await log.head()).toBe(0);
      expect(await log.tail()).toBe(0);
      const chunk = await log.read(0, 1000);
      expect({ ...chunk, bytes: chunk.bytes.length }).toEqual({ partition: log.partition, from: 0, to: 0, bytes: 0 });
    });

    test('records come back in order with their offsets, whatever their size', async () => {
      await using opened = await open();
      const { log } = opened;
      expect(await log.append([record('a'), record('')])).toBe(0);
      expect(await log.append([record('ü'.repeat(3000)), record('c')])).toBe(2);
      expect(await log.head()).toBe(4);
      expect(await readAll(log, 0)).toEqual(['a', '', 'ü'.repeat(3000), 'c']);
      expect(await readAll(log, 3)).toEqual(['c']);
    });

    test('a read gives at least one record and not much more than asked for', async () => {
      await using opened = await open();
      const { log } = opened;
      await log.append([record('x'.repeat(500)), record('y'.repeat(500)), record('z'.repeat(500))]);
      const one = await log.read(0, 1);
      expect([one.from, one.to]).toEqual([0, 1]);
      const two = await log.read(0, 1100);
      expect([two.from, two.to]).toEqual([0, 2]);
    });

    test('many records over many files are read back from any place', async () => {
      await using opened = await open();
      const { log } = opened;
      const all = Array.from({ length: 200 }, (_, i) => `record ${i} ${'.'.repeat(i % 90)}`);
      for (let i = 0; i < all.length; i += 8) await log.append(all.slice(i, i + 8).map(record));
      expect(log.stats().segments).toBeGreaterThan(1);
      expect(await readAll(log, 0, 700)).toEqual(all);
      for (const from of [1, 57, 123, 199]) expect(await readAll(log, from)).toEqual(all.slice(from));
    });

    test('after opening again everything is there and offsets go on', async () => {
      await using opened = await open();
      const { partition } = opened.log;
      await opened.log.append([record('one'), record('two')]);
      const log = await opened.reopen();
      expect(log.partition).toBe(partition);
      expect(await log.append([record('three')])).toBe(2);
      expect(await readAll(log, 0)).toEqual(['one', 'two', 'three']);
    });

    test('reading behind the end is refused', async () => {
      await using opened = await open();
      await opened.log.append([record('one')]);
      await expect(opened.log.read(2, 100)).rejects.toMatchObject({ name: 'EVENT_LOG_AHEAD' });
    });

    test('a waiter wakes when its record comes, and when it is told to stop', async () => {
      await using opened = await open();
      const { log } = opened;
      const stop = new AbortController();
      let woken = false;
      const waiting = log.waitFor(1, new AbortController().signal).then(() => {
        woken = true;
      });
      const stopped = log.waitFor(100, stop.signal);
      await log.append([record('0')]);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(woken).toBe(false);
      await log.append([record('1')]);
      await waiting;
      stop.abort();
      await stopped;
      await log.waitFor(0, new AbortController().signal);
    });

    test('retention removes whole files that every sink has, and reads below are refused', async () => {
      await using opened = await open();
      const { log } = opened;
      for (let i = 0; i < 100; i++) await log.append([record('x'.repeat(200))]);
      const tight = { maxAgeMs: 1e12, maxBytes: 0 };
      expect(await log.retain(tight, Date.now())).toBe(0);
      await log.acknowledge('index', 100);
      await log.acknowledge('kafka', 50);
      expect(await log.retain(tight, Date.now())).toBeGreaterThan(0);
      const tail = await log.tail();
      expect(tail).toBeGreaterThan(0);
      expect(tail).toBeLessThanOrEqual(50);
      await expect(log.read(0, 100)).rejects.toMatchObject({ name: 'EVENT_LOG_GAP' });
      expect(await readAll(log, tail)).toHaveLength(100 - tail);
    });

    test('retention by age leaves what is young', async () => {
      await using opened = await open();
      const { log } = opened;
      for (let i = 0; i < 100; i++) await log.append([record('x'.repeat(200))]);
      await log.acknowledge('index', 100);
      const byAge = { maxAgeMs: 60_000, maxBytes: 1e12 };
      expect(await log.retain(byAge, Date.now())).toBe(0);
      expect(await log.retain(byAge, Date.now() + 120_000)).toBeGreaterThan(0);
      expect(await log.append([record('next')])).toBe(100);
    });

    test('sinks that are known from an earlier life still hold retention back', async () => {
      await using opened = await open();
      for (let i = 0; i < 100; i++) await opened.log.append([record('x'.repeat(200))]);
      await opened.log.acknowledge('slow', 3);
      const log = await opened.reopen();
      await log.acknowledge('fast', 100);
      await log.retain({ maxAgeMs: 0, maxBytes: 0 }, Date.now() + 1000);
      expect(await log.tail()).toBeLessThanOrEqual(3);
    });

    test('many appends at once get distinct consecutive offsets', async () => {
      await using opened = await open();
      const { log } = opened;
      const offsets = await Promise.all(Array.from({ length: 50 }, (_, i) => log.append([record(`r${i}`)])));
      expect(offsets).toEqual(Array.from({ length: 50 }, (_, i) => i));
      expect(await log.head()).toBe(50);
    });
  });
}
