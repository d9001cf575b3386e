import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TextBuilder, type WireColumn, type WireContent } from './wire.ts';

const INTEGERS = /^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/;
const NUMBERS = /^(?:FLOAT|DOUBLE|DECIMAL.*)$/;
const NESTED = /\[|^(?:STRUCT|MAP|UNION|LIST|BLOB|BIT)/;

interface Source {
  readonly name: string;
  readonly type: string;
}

/** Reads a Parquet file with a database in memory that lives only as long as the reading. */
export async function readParquet(path: string): Promise<WireContent> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GB', autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    // Names are taken literally, not as patterns.
    const file = `read_parquet('${path.replaceAll(/[[*?]/g, '[$&]').replaceAll("'", "''")}')`;
    const described = await connection.runAndReadAll(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM ${file})`);
    const sources = described.getRowObjects() as unknown as Source[];
    const unread = sources.filter(({ type }) => NESTED.test(type));
    if (unread.length === sources.length) {
      const [first] = unread;
      throw new Error(`column '${first?.name}' holds ${first?.type}, and no other holds plain numbers or text`);
    }
    const plain = sources.filter((source) => !unread.includes(source));
    return { ...(await readColumns(connection, file, plain)), unread };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function readColumns(connection: DuckDBConnection, file: string, sources: readonly Source[]): Promise<WireContent> {
  const quoted = sources.map(({ name }) => `"${name.replaceAll('"', '""')}"`);
  const large = sources.map(({ type }, i) =>
    INTEGERS.test(type) ? `coalesce(max(abs(${quoted[i]}::HUGEINT)) > 9007199254740991, false)` : 'false',
  );
  const [facts] = (await connection.runAndReadAll(`SELECT count(*)::DOUBLE, ${large.join(', ')} FROM ${file}`)).getRows();
  const [rows, ...tooLarge] = facts as [number, ...boolean[]];
  const isNumber = sources.map(({ type }, i) => NUMBERS.test(type) || (INTEGERS.test(type) && !tooLarge[i]));
  const columns = isNumber.map((number) => (number ? new Float64Array(rows).fill(Number.NaN) : new TextBuilder(rows)));
  const select = quoted.map((name, i) => `${name}::${isNumber[i] ? 'DOUBLE' : 'VARCHAR'}`);
  const result = await connection.stream(`SELECT ${select.join(', ')} FROM ${file}`);
  let start = 0;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [c, column] of columns.entries()) {
      chunk.visitColumnValues(c, (value, row) => {
        if (value === null) return;
        if (!(column instanceof TextBuilder)) column[start + row] = value as number;
        else if ((value as string).trim() !== '') column.set(start + row, value as string);
      });
    }
    start += chunk.rowCount;
  }
  return { rows, columns: columns.map((c, i) => wireColumn(sources[i]!, c)) };
}

function wireColumn({ name, type }: Source, values: Float64Array<ArrayBuffer> | TextBuilder): WireColumn {
  return values instanceof TextBuilder ? values.column(name) : { name, kind: 'number', integer: INTEGERS.test(type), values };
}
