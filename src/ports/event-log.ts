/** Where an event stands: every log partition counts its records from 0. */
export interface Place {
  readonly partition: string;
  readonly offset: number;
}

/** `os` survives the death of the process, `disk` that of the power, `none` is for benchmarks. */
export type Durability = 'none' | 'os' | 'disk';

/** Bytes before each record of a chunk: its length and its CRC-32 (of zlib, seeded by the adapter), both 4 bytes little-endian. */
export const RECORD_HEADER_BYTES = 8;

/** Consecutive records of one partition, each behind a header of RECORD_HEADER_BYTES. */
export interface LogChunk {
  readonly partition: string;
  /** Offset of the first record. */
  readonly from: number;
  /** Offset after the last record; equal to `from` when there is nothing new. */
  readonly to: number;
  /** Not to be changed; may lie in shared memory, which other threads can be given without a copy. */
  readonly bytes: Uint8Array;
}

/** What a sink needs of a log, near or far. */
export interface LogSource {
  /** Id of the partition; chosen at random when the log was made. */
  readonly partition: string;
  /** Offset after the last record. */
  head(): Promise<number>;
  /**
   * Records from `from` on, up to about `maxBytes` (at least one record if there is any).
   * @throws EVENT_LOG_GAP when `from` was already removed by retention
   */
  read(from: number, maxBytes: number): Promise<LogChunk>;
  /** Oldest offset that is still kept. */
  tail(): Promise<number>;
  /** Resolves when there is a record at `offset` or the signal aborts. */
  waitFor(offset: number, signal: AbortSignal): Promise<void>;
  /** Everything before `offset` is safe elsewhere: retention may remove it. */
  acknowledge(sink: string, offset: number): Promise<void>;
}

/** A log that takes no events at this moment: since when (ms since 1970), and why (`ENOSPC`, …). */
export interface LogRefusal {
  readonly sinceMs: number;
  readonly reason: string;
}

export interface LogStats {
  readonly bytes: number;
  readonly segments: number;
  readonly tail: number;
  readonly head: number;
  /** Set while appends fail with EVENT_LOG_FULL. It ends by itself, also where nobody appends any more. */
  readonly refusal?: LogRefusal | undefined;
}

/** The durable log that events are written to before an answer is sent. One process owns one partition. */
export interface EventLog extends LogSource {
  readonly durability: Durability;
  /**
   * Appends records in one write; text as UTF-8. When it returns (`os`, `none`) or resolves (`disk`) they are durable in the sense of `durability`.
   * @returns the offset of the first one
   * @throws EVENT_LOG_FULL when the disk is full: nothing of the batch is kept then
   */
  append(records: readonly (string | Uint8Array)[]): number | Promise<number>;
  /** Removes whole old segments by age and size that all sinks have acknowledged. Resolves with the number of segments removed. */
  retain(policy: { readonly maxAgeMs: number; readonly maxBytes: number }, nowMs: number): Promise<number>;
  stats(): LogStats;
  close(): Promise<void>;
}
