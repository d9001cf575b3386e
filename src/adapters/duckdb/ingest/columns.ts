import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  DuckDBDataChunk,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';

/** A vector of DuckDB holds no more. */
const CHUNK_ROWS = 2048;

/** A column of a table and where its values come from. */
export interface Column<R> {
  readonly type: DuckDBType;
  readonly of: (row: R) => DuckDBValue;
}

export const text = <R>(of: (row: R) => string | null | undefined): Column<R> => ({ type: VARCHAR, of: (row) => of(row) ?? null });
export const double = <R>(of: (row: R) => number | null | undefined): Column<R> => ({ type: DOUBLE, of: (row) => of(row) ?? null });
export const integer = <R>(of: (row: R) => number | null | undefined): Column<R> => ({ type: INTEGER, of: (row) => of(row) ?? null });
export const boolean = <R>(of: (row: R) => boolean | null | undefined): Column<R> => ({ type: BOOLEAN, of: (row) => of(row) ?? null });
export const bigint = <R>(of: (row: R) => number): Column<R> => ({ type: BIGINT, of: (row) => BigInt(of(row)) });
export const timestamp = <R>(ofMs: (row: R) => number): Column<R> => ({
  type: TIMESTAMP,
  of: (row) => new DuckDBTimestampValue(BigInt(Math.round(ofMs(row) * 1000))),
});

/** Appends rows in whole vectors: several times faster than value by value. */
export function appendRows<R>(appender: DuckDBAppender, columns: readonly Column<R>[], rows: readonly R[]): void {
  const types = columns.map((c) => c.type);
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows.length - start);
    const chunk = DuckDBDataChunk.create(types, count);
    for (let c = 0; c < columns.length; c++) {
      const { of } = columns[c]!;
      const vector = chunk.getColumnVector(c);
      for (let r = 0; r < count; r++) vector.setItem(r, of(rows[start + r]!));
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
}
