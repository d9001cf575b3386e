import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { FileTable, Tables } from './tables.ts';

/** What a table holds, in a form that is easy to compare: missing numbers are null. */
export function contentOf(table: FileTable): Record<string, (number | string | null)[]> {
  return Object.fromEntries(
    table.columns.map((c) => [c.name, c.kind === 'number' ? Array.from(c.values, (v) => (Number.isNaN(v) ? null : v)) : [...c.values]]),
  );
}

/** Every adapter of the tables port behaves like this. */
export function tablesContract(name: string, open: () => Tables): void {
  async function read(content: string | Uint8Array, file = 'data.csv'): Promise<FileTable> {
    const dir = await mkdtemp(join(tmpdir(), 'tables-'));
    const tables = open();
    try {
      await writeFile(join(dir, file), content);
      return await tables.read(join(dir, file));
    } finally {
      await tables.close();
      await rm(dir, { recursive: true });
    }
  }
  const values = async (content: string | Uint8Array, file?: string) => contentOf(await read(content, file));
  const problem = async (content: string | Uint8Array) => {
    const error = await read(content).then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error).toMatchObject({ name: 'TABLE_UNREADABLE' });
    return error!.message;
  };

  describe(`tables: ${name}`, () => {
    test('numbers and texts are told apart, in the order of the file', async () => {
      const content = 'size,colour,share\n1,red,0.5\n2,blue,1e-3\n';
      const table = await read(content);
      expect(table.rows).toBe(2);
      expect(table.bytes).toBe(content.length);
      expect(table.sha256).toBe(createHash('sha256').update(content).digest('hex'));
      expect(table.columns.map((c) => [c.name, c.kind, c.kind === 'number' && c.integer])).toEqual([
        ['size', 'number', true],
        ['colour', 'text', false],
        ['share', 'number', false],
      ]);
      expect(contentOf(table)).toEqual({ size: [1, 2], colour: ['red', 'blue'], share: [0.5, 0.001] });
    });

    test('quotes, line ends, a byte order mark and blank lines do not matter', async () => {
      const expected = { name: ['Smith, "Bob"', 'two\nlines'], n: [1, 2] };
      const content = 'name,n\n"Smith, ""Bob""",1\n"two\nlines",2';
      expect(await values(content)).toEqual(expected);
      expect(await values(`${content}\n\n`)).toEqual(expected);
      expect(await values(`\ufeff${content}`)).toEqual(expected);
      expect(await values('a,b\r\n1,x\r\n\r\n2,"y"\r\n')).toEqual({ a: [1, 2], b: ['x', 'y'] });
    });

    test.each([
      [';', 'a;b\n1;x,y\n'],
      ['tab', 'a\tb\n1\tx,y\n'],
      ['bar', 'a|b\n1|x,y\n'],
    ])('values may be separated by %s', async (_, content) => {
      expect(await values(content)).toEqual({ a: [1], b: ['x,y'] });
    });

    test('a separator is what cuts all lines alike, not what stands in a name or in a text', async () => {
      expect(await values('kind;of;thing,y\n"a;b",1\nc;d,2\n')).toEqual({ 'kind;of;thing': ['a;b', 'c;d'], y: [1, 2] });
      expect(await values('a,b;c;d\n1,5;x;y\n2,5;z;y\n')).toEqual({ 'a,b': [1.5, 2.5], c: ['x', 'z'], d: ['y', 'y'] });
      expect(await problem('a,b,c\n1;2\n')).toContain('line 2: it has 1 value, but the first line names 3 columns');
    });

    test('one column needs no separator', async () => {
      expect(await values('only\n1\n2\n')).toEqual({ only: [1, 2] });
    });

    test('blanks are missing everywhere; words for missing only among numbers', async () => {
      expect(await values('n,t\n1,x\n,\n" "," "\n4,y\n')).toEqual({ n: [1, null, null, 4], t: ['x', null, null, 'y'] });
      expect(await values('n,t\n1,NA\nNA,x\n?,?\nnull,null\n')).toEqual({ n: [1, null, null, null], t: ['NA', 'x', '?', 'null'] });
    });

    test('rows of a telecom customer file: CRLF, blank charges, yes and no', async () => {
      const content = [
        'customerID,tenure,MonthlyCharges,TotalCharges,Churn',
        '7590-VHVEG,1,29.85,29.85,No',
        '4472-LVYGI,0,52.55, ,No',
        '',
      ].join('\r\n');
      const table = await read(content);
      expect(contentOf(table)).toEqual({
        customerID: ['7590-VHVEG', '4472-LVYGI'],
        tenure: [1, 0],
        MonthlyCharges: [29.85, 52.55],
        TotalCharges: [29.85, null],
        Churn: ['No', 'No'],
      });
    });

    test('numbers that a double cannot hold stay text', async () => {
      expect(await values('id\n9007199254740993\n1\n')).toEqual({ id: ['9007199254740993', '1'] });
      expect(await values('v\n1e999\n')).toEqual({ v: ['1e999'] });
      expect(await values('v\n0x10\n')).toEqual({ v: ['0x10'] });
    });

    test('infinities stay and the error words of spreadsheets are missing among numbers', async () => {
      expect(await values('v,w\n1,x\ninf,inf\n-Infinity,y\n#DIV/0!,#N/A\n#N/A,z\n')).toEqual({
        v: [1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, null],
        w: ['x', 'inf', 'y', '#N/A', 'z'],
      });
    });

    test.each([
      ['thousands and cents', ['1,234.50', '12.00', '-3'], [1234.5, 12, -3]],
      ['decimal commas', ['0,25', '-12,5', '3'], [0.25, -12.5, 3]],
      ['thousands and decimal commas', ['1.234,50', '1.234', '12'], [1234.5, 1234, 12]],
      ['spaces', ['1 234.5', '12 345 678', '2'], [1234.5, 12_345_678, 2]],
      ['money', ['$1,234', '-$12', '$0.50', ''], [1234, -12, 0.5, null]],
      ['money behind', ['1.234,50 €', '12,00 €', 'n/a'], [1234.5, 12, null]],
      ['percent', ['12.5%', '7 %'], [12.5, 7]],
    ])('numbers with %s are numbers, and it is told', async (_, texts, expected) => {
      const table = await read(`n,t\n${texts.map((text) => `"${text}",x`).join('\n')}\n`);
      expect(contentOf(table).n).toEqual(expected);
      const [column] = table.columns;
      const told = column?.kind === 'number' ? column.written : undefined;
      expect(expected[texts.indexOf(told?.text ?? '')]).toBe(told?.value);
      expect(told?.text).toMatch(/[^\d.-]/);
    });

    test('what is not written alike, or is no quantity, stays text', async () => {
      const text = async (...cells: string[]) => {
        const [column] = (await read(`n\n${cells.map((cell) => `"${cell}"`).join('\n')}\n`)).columns;
        return column?.kind;
      };
      expect(await text('5', '5%')).toBe('text');
      expect(await text('$5', '5 €')).toBe('text');
      expect(await text('1,5', '1.5')).toBe('text');
      expect(await text('030 123', '040 456')).toBe('text');
      expect(await text('1,2,3', '1,2')).toBe('text');
      expect(await text('2024-01-31')).toBe('text');
      expect(await text('€')).toBe('text');
    });

    test('a comma in a number is what the separator of the file says', async () => {
      expect(await values('a;b\n1,234;x\n')).toEqual({ a: [1.234], b: ['x'] });
      expect(await values('a,b\n"1,234",x\n')).toEqual({ a: [1234], b: ['x'] });
    });

    test('a point or comma that could be both is what the other columns prove it to be', async () => {
      expect(await values('a;b\n1.234;0,5\n2;1\n')).toEqual({ a: [1234, 2], b: [0.5, 1] });
      expect(await values('a;b\n1.234;0.5\n2;1\n')).toEqual({ a: [1.234, 2], b: [0.5, 1] });
      expect(await values('a;b\n1,234;0.5\n')).toEqual({ a: [1234], b: [0.5] });
      expect(await values('a,b\n"1,234","0,5"\n')).toEqual({ a: [1.234], b: [0.5] });
    });

    test('numbers of which nothing proves what their point is are told', async () => {
      const told = async (content: string) =>
        (await read(content)).columns.map((c) => (c.kind === 'number' ? (c.written ?? null) : c.kind));
      expect(await told('a;b\n1.234;x\n5;y\n')).toEqual([{ text: '1.234', value: 1.234 }, 'text']);
      expect(await told('a;b\n1.234;0,5\n')).toEqual([
        { text: '1.234', value: 1234 },
        { text: '0,5', value: 0.5 },
      ]);
      expect(await told('a;b\n1.234;0.5\n')).toEqual([null, null]);
      expect(await told('a,b\n1.234,2\n')).toEqual([null, null]);
    });

    test('digits that begin with a needless zero are codes and stay text', async () => {
      const table = await read('code,zero,month,mixed\n01067,0,1,007\n80331,0.5,12,1.5\n,00,3,2\n');
      expect(contentOf(table)).toEqual({ code: ['01067', '80331', null], zero: [0, 0.5, 0], month: [1, 12, 3], mixed: [7, 1.5, 2] });
      expect(table.columns[0]).toMatchObject({ kind: 'text', padded: '01067' });
      expect(table.columns[2]).not.toHaveProperty('padded');
    });

    test('plain numbers say nothing of how they are written', async () => {
      const [column] = (await read('n\n1\n2.5\n')).columns;
      expect(column).not.toHaveProperty('written');
    });

    test('what spreadsheets write without UTF-8 is read, and it is told', async () => {
      const western = await read(Buffer.from([0x47, 0xf6, 0x3b, 0x50, 0x0a, 0x31, 0x3b, 0x32, 0x20, 0x80, 0x0a]));
      expect(contentOf(western)).toEqual({ Gö: [1], P: [2] });
      expect(western.notes?.join()).toMatch(/Line 1 is not UTF-8.*Windows-1252/);
      expect(await values(Buffer.from('\ufeffGröße\tb\n1\tx\n', 'utf16le'))).toEqual({ Größe: [1], b: ['x'] });
    });

    test('a column without a name, as an index is written, gets one', async () => {
      const table = await read(',b\n0,x\n1,y\n');
      expect(contentOf(table)).toEqual({ 'Unnamed: 0': [0, 1], b: ['x', 'y'] });
      expect(table.notes).toEqual(["Column 1 has no name in the first line and is called 'Unnamed: 0'."]);
    });

    test('a column is whole numbers only if all are written so; missing ones do not matter', async () => {
      const table = await read('a,b,c\n1,1,1.0\n,2.5,2.0\n');
      expect(table.columns.map((c) => c.kind === 'number' && c.integer)).toEqual([true, false, false]);
    });

    test('compressed text is read, and the digest is that of the file', async () => {
      const content = gzipSync('a,b\n1,x\n');
      const table = await read(content, 'data.csv.gz');
      expect(contentOf(table)).toEqual({ a: [1], b: ['x'] });
      expect(table.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    });

    test('a header without rows is an empty table', async () => {
      expect(await values('a,b\n')).toEqual({ a: [], b: [] });
    });

    test('what is wrong is said with its line', async () => {
      expect(await problem('')).toMatch(/empty/);
      expect(await problem('a,b\n1,2\n3\n')).toMatch(/line 3: it has 1 value, but the first line names 2 columns/);
      expect(await problem('a,b\n"x\ny",2\n\n3,4,5\n')).toMatch(/line 5: it has 3 values/);
      expect(await problem('a,b\n1,"open\n')).toMatch(/line 2: .*never closed/);
      expect(await problem('a,b\n"x"y,2\n')).toMatch(/line 2/);
      expect(await problem('a,b,a\n1,2,3\n')).toMatch(/more than one column named 'a'/);
      expect(await problem(',,c\n1,2,3\n')).toMatch(/column 1 has no name/);
      expect(await problem('5.1,3.5,setosa\n4.9,3.0,setosa\n')).toMatch(/looks like data/);
      expect(await problem('1,0,1\n0,1,0\n')).toMatch(/looks like data/);
    });

    test('files that are no such text are refused with what they are', async () => {
      expect(await problem(Buffer.from([0x61, 0x0a, 0xff, 0x01, 0x0a]))).toMatch(/line 2: it is not UTF-8/);
      expect(await problem('[{"a": 1}]')).toMatch(/it is JSON/);
      expect(await problem(Buffer.from('PK\x03\x04rest'))).toMatch(/Excel/);
      expect(await problem(Buffer.from('a\0b'))).toMatch(/NUL/);
      expect(await problem(Buffer.from('PAR1 and no more'))).toMatch(/\w/);
    });

    test('a file that is not there is not found, a folder is no file', async () => {
      const tables = open();
      await expect(tables.read(join(tmpdir(), 'no such file.csv'))).rejects.toMatchObject({ name: 'TABLE_NOT_FOUND' });
      await expect(tables.read(tmpdir())).rejects.toMatchObject({ name: 'TABLE_UNREADABLE' });
      await tables.close();
    });

    test('many files are read at once, and again after closing', async () => {
      const contents = Array.from({ length: 6 }, (_, i) => `a\n${i}\n`);
      const results = await Promise.all(contents.map((c) => values(c)));
      expect(results).toEqual(contents.map((_, i) => ({ a: [i] })));
    });
  });
}
