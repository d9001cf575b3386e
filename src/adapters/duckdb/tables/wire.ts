import type { FileColumn, FileTable, WrittenNumber } from '#ports/tables.ts';

/** A column on its way between threads: texts as codes into their distinct values, because cloning a million strings would hold the receiver up. */
export type WireColumn =
  | {
      readonly name: string;
      readonly kind: 'number';
      readonly integer: boolean;
      readonly values: Float64Array<ArrayBuffer>;
      readonly written?: WrittenNumber;
    }
  | {
      readonly name: string;
      readonly kind: 'text';
      readonly dictionary: readonly string[];
      readonly codes: Int32Array<ArrayBuffer>;
      readonly padded?: string;
    };

export interface WireTable extends Omit<FileTable, 'columns'> {
  readonly columns: readonly WireColumn[];
}

/** What the reader of one format finds. */
export type WireContent = Omit<WireTable, 'sha256' | 'bytes'>;

/** Collects a text column; a missing value has the code −1. */
export class TextBuilder {
  readonly #codes: Int32Array<ArrayBuffer>;
  readonly #dictionary: string[] = [];
  readonly #known = new Map<string, number>();

  constructor(rows: number) {
    this.#codes = new Int32Array(rows).fill(-1);
  }

  set(row: number, text: string): void {
    let code = this.#known.get(text);
    if (code === undefined) {
      code = this.#dictionary.length;
      this.#dictionary.push(text);
      this.#known.set(text, code);
    }
    this.#codes[row] = code;
  }

  column(name: string): Extract<WireColumn, { kind: 'text' }> {
    return { name, kind: 'text', dictionary: this.#dictionary, codes: this.#codes };
  }
}

export function buffersOf(table: WireTable): ArrayBuffer[] {
  return table.columns.map((c) => (c.kind === 'number' ? c.values.buffer : c.codes.buffer));
}

/** The texts of a column are put together when somebody asks for them: a million would hold the receiver up. */
export function fileColumn(column: WireColumn): FileColumn {
  if (column.kind === 'number') return column;
  const { dictionary, codes, ...facts } = column;
  let values: (string | null)[] | undefined;
  return {
    ...facts,
    coded: { dictionary, codes },
    get values() {
      values ??= Array.from(codes, (code) => dictionary[code] ?? null);
      return values;
    },
  };
}
