/** A column as it stands in a file: numbers where every value reads as one, else text. */
export type FileColumn =
  | { readonly name: string; readonly kind: 'number'; readonly integer: boolean; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'text'; readonly values: readonly (string | null)[] };

/** A data file in memory, column by column. */
export interface FileTable {
  readonly rows: number;
  readonly columns: readonly FileColumn[];
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Reads data files (CSV, TSV, Parquet; gzip where the format allows) off the main thread. */
export interface Tables {
  /** Blank cells are missing: NaN in a number column, null in a text column. @throws TABLE_UNREADABLE with the line where it can tell */
  read(path: string): Promise<FileTable>;
  close(): Promise<void>;
}
