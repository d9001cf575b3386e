import { createHash } from 'node:crypto';
import { copyFile, mkdir, open, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomHex } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Durability, EventLog } from '#ports/event-log.ts';
import { writeAtomically } from './atomic.ts';
import { fail } from './errors.ts';
import { SegmentLog } from './log.ts';
import { FORMAT_VERSION, HEADER_BYTES, header, listSegments, type Segment, scanSegment, segmentPath } from './segment.ts';
import { Sinks } from './sinks.ts';
import { type FileCalls, realFiles } from './writer.ts';

export interface SegmentLogOptions {
  readonly dir: string;
  readonly durability: Durability;
  /** Size at which a new file is begun. */
  readonly segmentBytes?: number;
  readonly logger: Logger;
  /** Appends are refused while less than this is free, so that other stores on the disk can still write. */
  readonly freeSpaceCheck?: { readonly minimumBytes: number; readonly everyMs: number };
  /** For tests: file calls that fail. */
  readonly files?: FileCalls;
}

/** Opens or makes the log of a folder and repairs its end. The caller holds the folder's lock. */
export async function openSegmentLog(options: SegmentLogOptions): Promise<EventLog> {
  const { dir, durability, logger, segmentBytes = 64 * 1024 * 1024, files = realFiles } = options;
  await mkdir(dir, { recursive: true });
  const partition = await partitionOf(dir);
  const sinks = await Sinks.open(dir, logger);
  const segments = await repaired(dir, logger, sinks.highest());
  const log = new SegmentLog({ partition, sinks, segments, writer: { dir, durability, segmentBytes, files }, logger });
  if (options.freeSpaceCheck !== undefined) await log.watchFreeSpace(options.freeSpaceCheck);
  return log;
}

async function partitionOf(dir: string): Promise<string> {
  const path = join(dir, 'log.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    const partition = randomHex(16);
    await writeAtomically(path, `${JSON.stringify({ version: FORMAT_VERSION, partition })}\n`);
    return partition;
  }
  const content = parse(text);
  if (content === undefined) throw fail.damaged({ file: path, reason: 'it does not name a partition' });
  if (content.version > FORMAT_VERSION) throw fail.newer({ dir, version: content.version });
  return content.partition;
}

function parse(text: string): { version: number; partition: string } | undefined {
  try {
    const { version, partition } = JSON.parse(text) as Record<string, unknown>;
    return typeof version === 'number' && typeof partition === 'string' && partition !== '' ? { version, partition } : undefined;
  } catch {
    return undefined;
  }
}

/** The segments, the last one cut after its last whole record. */
async function repaired(dir: string, logger: Logger, acknowledged: number): Promise<Segment[]> {
  const { segments, headless } = await listSegments(dir);
  if (headless !== undefined) await unlink(headless);
  const last = segments.at(-1);
  if (last === undefined) return [await newSegment(dir, acknowledged, { base: acknowledged, end: acknowledged })];
  const { end, size, index } = await scanSegment(last);
  if (size < last.size) await cutTail(last, size, logger);
  Object.assign(last, { end, size, index });
  // Offsets that a sink has already seen are never given to other records.
  if (acknowledged > end) {
    logger.warn({ end, acknowledged }, 'the event log lost records that a sink already has; it goes on behind them');
    segments.push(await newSegment(dir, acknowledged, { base: last.base, end }));
  }
  return segments;
}

async function newSegment(dir: string, base: number, previous: { base: number; end: number }): Promise<Segment> {
  const path = segmentPath(dir, base);
  await writeFile(path, header(base, previous), { flag: 'wx' });
  return { base, path, previousBase: previous.base, previousEnd: previous.end, end: base, size: HEADER_BYTES, index: undefined };
}

/** What is cut off is kept in a file of its own unless it is a torn write of a few bytes: damage in the middle must not lose what follows. */
async function cutTail(segment: Segment, size: number, logger: Logger): Promise<void> {
  const dropped = segment.size - size;
  const copy = `${segment.path}.${createHash('sha256').update(`${size}-${segment.size}`).digest('hex').slice(0, 8)}.dropped`;
  if (dropped > 1024 * 1024) await copyFile(segment.path, copy);
  await truncate(segment.path, size);
  const folder = await open(dirname(segment.path), 'r');
  await folder.sync().finally(() => folder.close());
  logger.warn({ file: segment.path, dropped_bytes: dropped }, 'the event log ended in a torn record, which was cut off');
}
