/** A column as it stands in a file: numbers where every value reads as one, else text. */
export type FileColumn =
  | {
      readonly name: string;
      readonly kind: 'number';
      readonly integer: boolean;
      readonly values: Float64Array;
      /** Where the file writes numbers as people do ("€1,234.50", "12,5", "7 %"), or in a way that could be read as another number: one of them, and what it was read as. */
      readonly written?: WrittenNumber;
    }
  | {
      readonly name: string;
      readonly kind: 'text';
      readonly values: readonly (string | null)[];
      /** Where all values are digits and some begin with a needless zero ("01067"), as codes do and quantities do not: one of those. */
      readonly padded?: string;
      /** The same as places in a list of the distinct values, −1 for a missing one, where the reader has them so: far less to hand on. */
      readonly coded?: { readonly dictionary: readonly string[]; readonly codes: Int32Array };
    };

export interface WrittenNumber {
  readonly text: string;
  readonly value: number;
}

/** A data file in memory, column by column. */
export interface FileTable {
  readonly rows: number;
  readonly columns: readonly FileColumn[];
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Columns that hold neither numbers nor text, with what they hold. */
  readonly unread?: readonly { readonly name: string; readonly type: string }[];
  /** Sentences on what was taken for granted in the reading. */
  readonly notes?: readonly string[];
}

/** Reads data files (CSV, TSV, Parquet; gzip where the format allows) off the main thread. */
export interface Tables {
  /**
   * Blank cells are missing: NaN in a number column, null in a text column. Infinities stay what they are. Other readers of the file may be given the same table,
   * so nobody changes it. @throws TABLE_UNREADABLE with the line where it can tell
   */
  read(path: string): Promise<FileTable>;
  close(): Promise<void>;
}
