import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSegmentLog } from '#adapters/segment-log/open.ts';
import type { LogSource } from '#ports/event-log.ts';
import { CoreConfig } from '../config/core.ts';
import { takeFolder } from '../data-folder.ts';
import { Slot } from './slot.ts';

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => logger };
const parts = { config: CoreConfig.parse({}), logger };
const never = new AbortController().signal;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-slot-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What a worker does with its folder: takes it, writes, and is gone. */
async function writeAsWorker(folder: string, records: readonly string[]): Promise<string> {
  const release = takeFolder(folder);
  const log = await openSegmentLog({ dir: join(folder, 'events'), durability: 'os', logger });
  await log.append(records.map((record) => Buffer.from(record)));
  await log.close();
  await release();
  return log.partition;
}

test('whoever reads a slot waits while its worker is gone, and then reads all that it wrote', async () => {
  const slot = await Slot.open(join(root, 'one'), parts);
  expect(await slot.head()).toBe(0);
  await slot.lend();
  const waited = slot.waitFor(0, never).then(() => slot.head());
  const read = slot.read(0, 1_000_000);
  expect(await writeAsWorker(slot.folder, ['a', 'bc', 'd'])).toBe(slot.partition);
  await slot.recover();
  expect(await waited).toBe(3);
  expect(await read).toMatchObject({ partition: slot.partition, from: 0, to: 3 });
  await slot.close();
});

test('readers that follow each other share what was read', async () => {
  const slot = await Slot.open(join(root, 'three'), parts);
  await slot.lend();
  await writeAsWorker(slot.folder, ['a', 'bc', 'd']);
  await slot.recover();
  const textsFrom = async (from: number): Promise<string[]> => {
    const { bytes, from: first, to } = await slot.read(from, 1_000_000);
    expect(first).toBe(from);
    const texts: string[] = [];
    const view = Buffer.from(bytes);
    for (let at = 0; at < view.length; at += 8 + view.readUInt32LE(at))
      texts.push(view.toString('utf8', at + 8, at + 8 + view.readUInt32LE(at)));
    expect(texts).toHaveLength(to - from);
    return texts;
  };
  expect(await Promise.all([0, 1, 2, 0].map(textsFrom))).toEqual([['a', 'bc', 'd'], ['bc', 'd'], ['d'], ['a', 'bc', 'd']]);
  await slot.lend();
  await writeAsWorker(slot.folder, ['e']);
  await slot.recover();
  expect(await textsFrom(2)).toEqual(['d', 'e']);
  expect(await textsFrom(3)).toEqual(['e']);
  await slot.close();
});

test('a failure of the worker that has the log is told only while it has it', async () => {
  const slot = await Slot.open(join(root, 'two'), parts);
  await slot.lend();
  await writeAsWorker(slot.folder, ['a']);
  const gone = (): Promise<never> => Promise.reject(new Error('the worker does not answer'));
  const dead: LogSource = { partition: slot.partition, head: gone, tail: gone, read: gone, waitFor: gone, acknowledge: gone };
  slot.attach(dead);
  const head = slot.head();
  await slot.recover();
  expect(await head).toBe(1);
  await slot.lend();
  slot.attach(dead);
  await expect(slot.head()).rejects.toThrow('does not answer');
  await slot.close();
  await expect(slot.head()).rejects.toThrow('closed');
});
