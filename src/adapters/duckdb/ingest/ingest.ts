import type { DuckDBConnection } from '@duckdb/node-api';
import type { FeedbackData, PredictionData } from '#contract/events.ts';
import type { IngestResult } from '#ports/analytics.ts';
import { type LogChunk, RECORD_HEADER_BYTES } from '#ports/event-log.ts';
import { fail } from '../errors.ts';
import { appendRows, type Column } from './columns.ts';
import { decode } from './decode.ts';
import { Layouts } from './layouts.ts';
import { DEAD_COLUMNS, type DeadRow, FEEDBACK_COLUMNS, type Placed, type PredictionRow, predictionColumns, predictionRow } from './rows.ts';

/** Enough to see what is wrong with a record, not enough to fill the disk. */
const MAX_DEAD_CHARACTERS = 65_536;

interface Cursor {
  readonly log: number;
  position: number;
}

interface Batch {
  readonly predictions: PredictionRow[];
  readonly feedback: Map<string, Placed<FeedbackData>>;
  readonly dead: DeadRow[];
}

/** Turns chunks of the event log into rows. The only writer of the file. */
export class Ingester {
  readonly #connection: DuckDBConnection;
  readonly #cursors = new Map<string, Cursor>();
  #layouts = new Layouts();
  #stale = true;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  get layouts(): Layouts {
    return this.#layouts;
  }

  position(partition: string): number {
    return this.#cursors.get(partition)?.position ?? 0;
  }

  /** The small number that stands for a partition in the tables, and back. */
  logOf(partition: string): number | undefined {
    return this.#cursors.get(partition)?.log;
  }

  partitionOf(log: number): string | undefined {
    for (const [partition, cursor] of this.#cursors) if (cursor.log === log) return partition;
    return undefined;
  }

  /** Reads what the file says about itself; again after a failed write, whose changes did not happen. */
  async load(): Promise<void> {
    const reader = await this.#connection.runAndReadAll('SELECT partition, log, position::DOUBLE FROM cursors ORDER BY log');
    this.#cursors.clear();
    for (const [partition, log, position] of reader.getRows() as [string, number, number][])
      this.#cursors.set(partition, { log, position });
    const layouts = new Layouts();
    await layouts.load(this.#connection);
    this.#layouts = layouts;
    this.#stale = false;
  }

  async ingest(chunk: LogChunk): Promise<IngestResult> {
    if (this.#stale) await this.load();
    const known = this.#cursors.get(chunk.partition);
    const cursor = known ?? { log: this.#cursors.size + 1, position: 0 };
    const skipped = Math.max(0, Math.min(cursor.position, chunk.to) - chunk.from);
    if (chunk.to <= cursor.position) return { rows: 0, skipped, dead: 0, position: cursor.position };
    const batch = this.#decode(chunk, cursor);
    try {
      await this.#layouts.save(this.#connection);
      await this.#connection.run('BEGIN');
      await this.#write(batch);
      await this.#moveCursor(chunk, cursor.log, known !== undefined);
      await this.#connection.run('COMMIT');
    } catch (error) {
      this.#stale = true;
      await this.#connection.run('ROLLBACK').catch(() => {});
      throw error;
    }
    this.#cursors.set(chunk.partition, { log: cursor.log, position: chunk.to });
    return { rows: batch.predictions.length, skipped, dead: batch.dead.length, position: chunk.to };
  }

  #decode(chunk: LogChunk, cursor: Cursor): Batch {
    const batch: Batch = { predictions: [], feedback: new Map(), dead: [] };
    const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength);
    let offset = chunk.from;
    for (let at = 0; at < bytes.length; offset++) {
      const start = at + RECORD_HEADER_BYTES;
      const end = start > bytes.length ? Number.POSITIVE_INFINITY : start + bytes.readUInt32LE(at);
      if (end > bytes.length) throw fail.chunkInvalid({ reason: `record ${offset} ends behind the chunk` });
      if (offset >= cursor.position) this.#sort(batch, bytes.toString('utf8', start, end), { log: cursor.log, offset });
      at = end;
    }
    if (offset !== chunk.to) throw fail.chunkInvalid({ reason: `it holds records up to ${offset} and says ${chunk.to}` });
    return batch;
  }

  #sort(batch: Batch, record: string, place: { log: number; offset: number }): void {
    const decoded = decode(record);
    if (decoded.kind === 'prediction') {
      const placed: Placed<PredictionData> = { ...place, timeMs: decoded.timeMs, data: decoded.data };
      batch.predictions.push(predictionRow(placed, this.#layouts));
    } else if (decoded.kind === 'feedback') {
      const placed = { ...place, timeMs: decoded.timeMs, data: decoded.data };
      const before = batch.feedback.get(decoded.data.prediction_id);
      if (before === undefined || before.timeMs <= placed.timeMs) batch.feedback.set(decoded.data.prediction_id, placed);
    } else if (decoded.kind === 'dead') {
      batch.dead.push({ ...place, timeMs: Date.now(), reason: decoded.reason, record: record.slice(0, MAX_DEAD_CHARACTERS) });
    }
  }

  async #write({ predictions, feedback, dead }: Batch): Promise<void> {
    if (predictions.length > 0) await this.#append('predictions', predictionColumns(this.#layouts.columns), predictions);
    if (feedback.size > 0) await this.#writeFeedback([...feedback.values()]);
    if (dead.length > 0) await this.#append('dead_letters', DEAD_COLUMNS, dead);
  }

  /** The latest label wins, by time and then by place, whatever order chunks of several partitions come in. */
  async #writeFeedback(rows: readonly Placed<FeedbackData>[]): Promise<void> {
    const c = this.#connection;
    await c.run('CREATE TEMP TABLE IF NOT EXISTS new_feedback AS FROM feedback LIMIT 0');
    await this.#append('new_feedback', FEEDBACK_COLUMNS, rows);
    await c.run(`DELETE FROM feedback AS old USING new_feedback AS new
      WHERE old.prediction_id = new.prediction_id AND (old.time, old.log, old."offset") < (new.time, new.log, new."offset")`);
    await c.run(
      'INSERT INTO feedback FROM new_feedback AS new WHERE NOT EXISTS (FROM feedback AS old WHERE old.prediction_id = new.prediction_id)',
    );
    await c.run('DELETE FROM new_feedback');
  }

  async #append<R>(table: string, columns: readonly Column<R>[], rows: readonly R[]): Promise<void> {
    const appender = await this.#connection.createAppender(table);
    try {
      appendRows(appender, columns, rows);
    } catch (error) {
      appender.clear();
      throw error;
    } finally {
      appender.closeSync();
    }
  }

  async #moveCursor(chunk: LogChunk, log: number, known: boolean): Promise<void> {
    const sql = known
      ? `UPDATE cursors SET position = ${chunk.to} WHERE partition = ?`
      : `INSERT INTO cursors VALUES (${log}, ?, ${chunk.to})`;
    await this.#connection.run(sql, [chunk.partition]);
  }
}
