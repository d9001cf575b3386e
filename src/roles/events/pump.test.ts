import { describe, expect, test } from 'vitest';
import { Metrics } from '#http/metrics.ts';
import { KnownError } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { LogChunk, LogSource } from '#ports/event-log.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import type { Sink } from './api.ts';
import { Pumps } from './pumps.ts';

/** A log of texts in memory; chunks hold three records. */
class MemoryLog implements LogSource {
  readonly partition = 'p';
  readonly records: string[] = [];
  acknowledged = 0;
  removed = 0;
  readonly #wakes = new Set<() => void>();

  append(...records: string[]): void {
    this.records.push(...records);
    for (const wake of this.#wakes) wake();
  }
  head = async (): Promise<number> => this.records.length;
  tail = async (): Promise<number> => this.removed;
  async read(from: number): Promise<LogChunk> {
    if (from < this.removed) throw new KnownError({ code: 'EVENT_LOG_GAP', status: 410, message: () => 'gone' }, {});
    const to = Math.min(this.records.length, from + 3);
    return { partition: this.partition, from, to, bytes: Buffer.from(this.records.slice(from, to).join(',')) };
  }
  async waitFor(offset: number, signal: AbortSignal): Promise<void> {
    while (this.records.length <= offset && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wakes.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
  async acknowledge(_sink: string, offset: number): Promise<void> {
    this.acknowledged = offset;
  }
}

/** Keeps what it was given; fails as often as it is told to, sometimes after the write. */
class MemorySink implements Sink {
  readonly name = 'memory';
  readonly taken: string[] = [];
  cursor = 0;
  readonly failures: ('before' | 'after')[] = [];
  position = async (): Promise<number> => this.cursor;
  async apply(chunk: LogChunk): Promise<void> {
    const failure = this.failures.shift();
    if (failure === 'before') throw new Error('not now');
    const records = Buffer.from(chunk.bytes).toString().split(',');
    this.taken.push(...records.slice(Math.max(0, this.cursor - chunk.from)));
    this.cursor = chunk.to;
    if (failure === 'after') throw new Error('the answer was lost');
  }
}

function setUp(sink: MemorySink, log = new MemoryLog()) {
  const metrics = new Metrics();
  const pumps = new Pumps({ sources: [log], metrics, logger: silentLogger, lingerMs: 0, signal: new AbortController().signal });
  pumps.attach(sink);
  return { log, pumps, metrics, [Symbol.asyncDispose]: () => pumps.stop() };
}

describe('the pump', () => {
  test('takes what is there and what comes, and acknowledges it', async () => {
    const sink = new MemorySink();
    await using platform = setUp(sink);
    platform.log.append('a', 'b', 'c', 'd');
    expect(await platform.pumps.caughtUp('memory', 5000)).toBe(true);
    platform.log.append('e');
    expect(await platform.pumps.caughtUp('memory', 5000)).toBe(true);
    expect(sink.taken).toEqual(['a', 'b', 'c', 'd', 'e']);
    await platform.pumps.stop();
    expect(platform.log.acknowledged).toBe(5);
    expect(platform.metrics.render()).toContain('events_applied_total{sink="memory"} 5');
  });

  test('tries again after failures and neither loses nor repeats an event', async () => {
    const sink = new MemorySink();
    sink.failures.push('before', 'after', 'before');
    await using platform = setUp(sink);
    platform.log.append('a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(await platform.pumps.caughtUp('memory', 10_000)).toBe(true);
    expect(sink.taken).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(platform.metrics.render()).toContain('events_sink_failures_total{sink="memory"} 3');
  });

  test('counts what retention removed before it was taken, and goes on behind it', async () => {
    const sink = new MemorySink();
    const log = new MemoryLog();
    log.append('a', 'b', 'c', 'd', 'e');
    log.removed = 2;
    await using platform = setUp(sink, log);
    expect(await platform.pumps.caughtUp('memory', 5000)).toBe(true);
    expect(sink.taken).toEqual(['c', 'd', 'e']);
    expect(platform.metrics.render()).toContain('events_retention_gap_total{sink="memory"} 2');
  });

  test('says that a sink is behind when the time is up, and stops at once', async () => {
    const sink = new MemorySink();
    sink.failures.push(...new Array<'before'>(1000).fill('before'));
    await using platform = setUp(sink);
    platform.log.append('a');
    expect(await platform.pumps.caughtUp('memory', 50)).toBe(false);
    await waitFor('the sink to be known as failing', () => platform.pumps.failing().includes('memory'));
    expect(platform.pumps.lags().get('memory')).toBe(1);
  });
});
