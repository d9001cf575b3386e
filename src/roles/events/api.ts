import type { Analytics } from '#ports/analytics.ts';
import type { LogChunk } from '#ports/event-log.ts';

/** A consumer of the event log with a cursor of its own per partition. */
export interface Sink {
  readonly name: string;
  /** Offset after the last record of the partition that the sink has made durable. */
  position(partition: string): Promise<number>;
  /** Takes a chunk and moves the cursor in the same transaction; records below the cursor must be skipped. Throwing means: try again later. */
  apply(chunk: LogChunk): Promise<void>;
}

/** What other roles may ask of the event log and its index. */
export interface EventsApi {
  /** Durable when it resolves. Events are CloudEvents (contract/events.ts). */
  append(events: readonly (string | Uint8Array)[]): Promise<void>;
  /** Feeds the sink from every log partition, near and far, until the platform stops. Failures are retried with jittered back-off. */
  attach(sink: Sink): void;
  /** Resolves when the index holds everything that was in the logs when it was called; false after `timeoutMs`. */
  indexed(timeoutMs: number): Promise<boolean>;
  /** The same for an attached sink. */
  caughtUp(sink: string, timeoutMs: number): Promise<boolean>;
  readonly analytics: Analytics;
}
