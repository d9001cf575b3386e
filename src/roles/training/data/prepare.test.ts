import { describe, expect, test } from 'vitest';
import { OTHER_CATEGORY } from '#learners/table.ts';
import { bundledTable, fileTable } from '#test/harness/file-table.ts';
import { inspectColumn, prepare } from './prepare.ts';

/** A file of `rows` lines whose fields are written by column. */
function table(rows: number, columns: Readonly<Record<string, (row: number) => string | number>>) {
  const names = Object.keys(columns);
  const lines = Array.from({ length: rows }, (_, row) => names.map((name) => columns[name]?.(row)).join(','));
  return fileTable([names.join(','), ...lines].join('\n'));
}

const noise = (row: number): string => ((row * 7919) % 101).toFixed(1).replace('.0', '.5');

describe('reading a file for training', () => {
  test('the real churn data: categories, blanks and CRLF', async () => {
    const {
      table: features,
      target,
      schema,
      warnings,
      columns,
    } = prepare(await bundledTable('test/fixtures/telco_churn.csv'), { target: 'Churn' });
    expect(features.rows).toBe(7043);
    expect(features.columns).toHaveLength(19);
    expect(target).toMatchObject({ kind: 'classification', classes: ['No', 'Yes'] });
    expect(warnings).toEqual(["Column 'customerID' has a different value in (nearly) every row, as an identifier has, and is left out."]);
    expect(schema.fields.find(({ name }) => name === 'TotalCharges')).toMatchObject({ type: 'double', required: false });
    expect(schema.fields.find(({ name }) => name === 'Contract')).toMatchObject({
      type: 'string',
      categories: ['Month-to-month', 'Two year', 'One year'],
    });
    expect(columns.find(({ name }) => name === 'TotalCharges')?.missing).toBe(11);
  });

  test.each([
    ['text', (row: number) => (row % 3 === 0 ? 'a' : 'b'), 'classification'],
    ['two whole numbers', (row: number) => row % 2, 'classification'],
    ['few whole numbers', (row: number) => row % 6, 'classification'],
    ['many whole numbers', (row: number) => (row * 31) % 97, 'regression'],
    ['fractions', (row: number) => row / 7, 'regression'],
    ['0.0 and 1.0', (row: number) => (row % 2).toFixed(1), 'classification'],
    ['two fractions', (row: number) => (row % 2) + 0.5, 'regression'],
  ] as const)('a target of %s is taken for %s', (_, value, task) => {
    expect(prepare(table(100, { x: noise, y: value }), { target: 'y' }).schema.task).toBe(task);
  });

  test('numbers read as classes are told unless somebody said so', () => {
    const file = table(100, { x: noise, y: (row) => row % 6 });
    expect(prepare(file, { target: 'y' }).warnings).toEqual([
      "Target column 'y' holds 6 whole numbers, read as classes: ask for task 'regression' if it is a quantity.",
    ]);
    expect(prepare(file, { target: 'y', task: 'classification' }).warnings).toEqual([]);
    expect(prepare(table(100, { x: noise, y: (row) => row % 2 }), { target: 'y' }).warnings).toEqual([]);
  });

  test('0.0 and 1.0 are the classes 0 and 1, and more such numbers raise a doubt', () => {
    const whole = (values: number) => {
      const file = table(100, { x: noise, y: (row) => row % values });
      return { ...file, columns: file.columns.map((column) => (column.kind === 'number' ? { ...column, integer: false } : column)) };
    };
    expect(prepare(whole(2), { target: 'y' }).schema.classes).toEqual([0, 1]);
    expect(prepare(whole(5), { target: 'y' }).warnings).toEqual([
      "Target column 'y' holds 5 whole numbers, read as a quantity: ask for task 'classification' if they stand for classes.",
    ]);
    expect(prepare(whole(5), { target: 'y', task: 'regression' }).warnings).toEqual([]);
  });

  test('dates as a target are told to be classes', () => {
    const file = table(60, { x: noise, y: (row) => `2024-01-0${1 + (row % 5)}` });
    expect(prepare(file, { target: 'y' }).warnings).toEqual([
      "Target column 'y' holds dates, of which each is a class of its own (5 in all): to predict a time, write it as a number, such as the days since an event.",
    ]);
  });

  test('the example of a field is a value that the column has, in few digits where there are many of them', () => {
    const read = prepare(
      table(60, { two: (row) => 0.123456789 * (1 + (row % 2)), many: (row) => 0.123456789 * row, y: (row) => row % 2 }),
      {
        target: 'y',
      },
    );
    expect(read.schema.fields.map(({ example }) => example)).toEqual([0.123456789, Number((0.123456789 * 29).toPrecision(6))]);
  });

  test('a column that JavaScript has no place for is left out', () => {
    const names = ['x', '__proto__', 'constructor', 'y'];
    const columns = names.map((name, c) => ({
      name,
      kind: 'text' as const,
      values: Array.from({ length: 60 }, (_, i) => 'abcd'[(i + c) % 3] ?? ''),
    }));
    const read = prepare({ rows: 60, columns, sha256: '', bytes: 0 }, { target: 'y' });
    expect(read.schema.fields.map(({ name }) => name)).toEqual(['x', 'constructor']);
    expect(read.warnings[0]).toContain("Column '__proto__' has a name that programs in JavaScript cannot use");
    expect(read.columns[1]).toEqual({ name: '__proto__', use: 'left out', kind: 'category', missing: 0, distinct: 3 });
  });

  test('what is said beats what is inferred', () => {
    expect(prepare(table(100, { x: noise, y: (row) => row % 6 }), { target: 'y', task: 'regression' }).schema.task).toBe('regression');
    expect(() => prepare(table(100, { x: noise, y: () => 'text' }), { target: 'y', task: 'regression' })).toThrow(
      "Target column 'y' holds text such as 'text'; a regression needs numbers.",
    );
  });

  test.each([
    ['a constant target', { x: noise, y: () => 5 }, "Target column 'y' has the same value '5' in all 50 rows: there is nothing to learn."],
    [
      'a target beyond what a model can give',
      { x: noise, y: (row: number) => row * 1e300 },
      "Target column 'y' holds 1e+300, beyond ±3.4e38, more than a model can give: write it in another unit, or as its logarithm.",
    ],
    ['a target without values', { x: noise, y: () => '' }, "Target column 'y' has no values at all."],
    ['a target that is an identifier', { x: noise, y: (row: number) => `id${row}` }, null],
    [
      'no column that could be used',
      { x: () => 1, y: (row: number) => row % 2 },
      "No column is left to predict 'y' from. Column 'x' has the same value",
    ],
    ['no such target', { x: noise }, "There is no column 'y' to predict; the columns are 'x'."],
  ])('%s is refused with a sentence', (_, columns, sentence) => {
    const rows = sentence === null ? 300 : 50;
    const expected = sentence ?? "Target column 'y' has 300 different values; a classification takes up to 200. Is it an identifier?";
    expect(() => prepare(table(rows, columns as Parameters<typeof table>[1]), { target: 'y' })).toThrow(expected);
  });

  test('of many columns those are named that may have been meant, else some', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, c) => [`Column ${c}`, noise]));
    const file = table(30, { ...many, y: (row) => row % 2 });
    expect(() => prepare(file, { target: 'Y' })).toThrow("There is no column 'Y' to predict; did you mean 'y'?");
    expect(() => prepare(file, { target: 'y', drop: ['column_7'] })).toThrow("no column 'column_7' to leave out; did you mean 'Column 7'?");
    expect(() => prepare(file, { target: 'z' })).toThrow(/the columns are 'Column 0', .*'Column 29' and 31 more\.$/u);
  });

  test('more dates than there may be classes are refused as dates', () => {
    const day = (row: number): string => new Date(Date.UTC(2020, 0, 1 + row)).toISOString().slice(0, 10);
    expect(() => prepare(table(300, { x: noise, y: day }), { target: 'y' })).toThrow(
      "Target column 'y' holds dates, which cannot be predicted: write them as numbers, such as the days since an event.",
    );
  });

  test('too few rows are refused', () => {
    expect(() => prepare(table(9, { x: noise, y: (row) => row / 3 }), { target: 'y' })).toThrow(
      "9 rows have a value in target column 'y'; at least 10",
    );
  });

  test('rows without a target are left out and counted', () => {
    const read = prepare(table(100, { x: noise, y: (row) => (row < 10 ? '' : row / 7) }), { target: 'y' });
    expect(read.table.rows).toBe(90);
    expect(read.rowsLeftOut).toBe(10);
    expect(read.warnings).toContain("10 of 100 rows have no value in target column 'y' and are left out.");
    expect(read.fileRows[0]).toBe(10);
  });

  test('columns that cannot help are left out, each with a sentence', () => {
    const read = prepare(
      table(60, {
        x: noise,
        empty: () => '',
        constant: () => 3,
        row_id: (row) => 1000 + 3 * row,
        counter: (row) => row,
        name: (row) => `n${row}`,
        y: (row) => (row % 2 === 0 ? 'a' : 'b'),
      }),
      { target: 'y' },
    );
    expect(read.table.columns.map(({ name }) => name)).toEqual(['x']);
    expect(read.warnings).toHaveLength(5);
    expect(read.warnings.join(' ')).toMatch(/'empty' has no values.*'constant' has the same value.*'row_id'.*'counter'.*'name'/u);
  });

  test('callers may send what was left out, but not the target', () => {
    const file = { ...table(60, { x: noise, n: (row) => row, z: noise, y: (row) => row % 2 }), unread: [{ name: 'deep', type: 'STRUCT' }] };
    expect(prepare(file, { target: 'y', drop: ['z'], fields: [{ name: 'x', aliases: ['n'] }] }).schema.ignored).toEqual(['z', 'deep']);
    expect(prepare(table(60, { x: noise, y: (row) => row % 2 }), { target: 'y' }).schema).not.toHaveProperty('ignored');
  });

  test('a different whole number in every row is kept with a doubt unless it looks like an identifier', () => {
    const read = prepare(table(60, { income: (row) => 1000 + row * row, y: (row) => (row % 2 === 0 ? 'a' : 'b') }), { target: 'y' });
    expect(read.table.columns).toHaveLength(1);
    expect(read.warnings[0]).toContain("'income' has a different whole number in every row");
  });

  test('of many categories the most frequent are told apart', () => {
    const read = prepare(table(1500, { city: (row) => `c${row < 700 ? row % 3 : row % 300}`, y: (row) => row % 2 }), { target: 'y' });
    const city = read.table.columns[0];
    expect(city?.kind === 'category' && city.categories).toHaveLength(200);
    expect(city?.kind === 'category' && city.codes.every((code) => code >= 0 || code === OTHER_CATEGORY)).toBe(true);
    expect(read.warnings[0]).toContain('the 200 most frequent are told apart');
  });

  test('dates are left out for what they are', () => {
    const day = (row: number): string => new Date(Date.UTC(2024, 0, 1 + (row % 20))).toISOString();
    const read = prepare(
      table(60, {
        x: noise,
        iso: (row) => day(row).slice(0, 10),
        stamp: day,
        us: (row) => `${1 + (row % 12)}/${1 + (row % 28)}/2024 1:30 PM`,
        german: (row) => `${1 + (row % 28)}.${1 + (row % 12)}.24`,
        padded: (row) => `0${1 + (row % 9)}.11.24`,
        version: (row) => `1.2.${row % 3}`,
        release: (row) => `1.${row % 3}.1${row % 5}`,
        bank: (row) => ['20-45-67', '40-30-12', '60-83-71'][row % 3] ?? '',
        y: (row) => row % 2,
      }),
      { target: 'y' },
    );
    expect(read.table.columns.map(({ name }) => name)).toEqual(['x', 'version', 'release', 'bank']);
    expect(read.warnings).toHaveLength(5);
    expect(read.warnings[0]).toMatch(/^Column 'iso' holds dates, .*left out: add columns such as the month/u);
  });

  test('a few words among numbers are told, in a column and in the target', () => {
    const mixed = (row: number): string | number => (row % 20 === 0 ? 'unknown' : row / 7);
    const read = prepare(table(60, { x: noise, mixed, y: (row) => row % 2 }), { target: 'y' });
    expect(read.warnings).toEqual([
      "Column 'mixed' holds numbers and 3 other values such as 'unknown', so it is read as text: leave such cells empty to have it read as numbers. It is left out.",
    ]);
    expect(() => prepare(table(400, { x: noise, y: mixed }), { target: 'y' })).toThrow(
      "Column 'y' holds numbers and 20 other values such as 'unknown'",
    );
  });

  test('numbers written as people do are told, with what a prediction takes', () => {
    const file = table(40, { x: noise, price: (row) => row * 10.5, y: (row) => row % 2 });
    const columns = file.columns.map((column) =>
      column.name === 'price' ? { ...column, written: { text: '€1,050.00', value: 1050 } } : column,
    ) as typeof file.columns;
    expect(prepare({ ...file, columns }, { target: 'y' }).warnings).toEqual([
      "Column 'price' is written as in '€1,050.00' and is read as numbers, here as 1050: predictions take and give such numbers.",
    ]);
  });

  test('digits with leading zeros are categories, with what a prediction takes, and no quantity to predict', () => {
    const file = table(40, { x: noise, zip: (row) => `t${row % 4}`, y: (row) => row % 2 });
    const columns = file.columns.map((column) => (column.name === 'zip' ? { ...column, padded: '01067' } : column)) as typeof file.columns;
    const { schema, warnings } = prepare({ ...file, columns }, { target: 'y' });
    expect(schema.fields.map(({ type }) => type)).toEqual(['double', 'string']);
    expect(warnings).toEqual([
      "Column 'zip' holds digits with leading zeros such as '01067', as codes have, and is read as text: predictions take such text.",
    ]);
    expect(() => prepare({ ...file, columns }, { target: 'zip', task: 'regression' })).toThrow(
      "'zip' holds codes such as '01067'; a regression",
    );
  });

  test('a number of which nothing says what its point is raises a doubt', () => {
    const file = table(40, { x: noise, price: (row) => 1.234 + row, y: (row) => row % 2 });
    const columns = file.columns.map((column) =>
      column.name === 'price' ? { ...column, written: { text: '1.234', value: 1.234 } } : column,
    ) as typeof file.columns;
    expect(prepare({ ...file, columns }, { target: 'y' }).warnings).toEqual([
      "Column 'price' holds numbers such as '1.234', read with a decimal point: if the point stands between thousands, write them without it.",
    ]);
  });

  test('infinite and unreachable numbers are counted as missing, and it is told', () => {
    const endless = (row: number): number => (row === 3 ? Number.NEGATIVE_INFINITY : row === 5 ? 1e300 : row / 7);
    const file = table(40, { x: noise, endless, one: (row) => (row === 9 ? Number.POSITIVE_INFINITY : row / 3), y: (row) => row % 2 });
    const { schema, warnings, columns } = prepare(file, { target: 'y' });
    expect(warnings).toEqual([
      "2 values of column 'endless' such as -Infinity are infinite or beyond ±3.4e38, more than a model can take, and count as missing.",
      "One value of column 'one' (Infinity) is infinite or beyond ±3.4e38, more than a model can take, and counts as missing.",
    ]);
    expect(columns.map(({ missing }) => missing)).toEqual([0, 2, 1, 0]);
    expect(schema.fields.map(({ required }) => required)).toEqual([true, false, false]);
    expect(() => prepare(table(40, { x: () => Number.POSITIVE_INFINITY, y: (row) => row % 2 }), { target: 'y' })).toThrow(
      "40 values of column 'x' such as Infinity are infinite",
    );
  });

  test('what the reader could not take or took for granted is told; such a column may be left out and not predicted', () => {
    const file = { ...table(40, { x: noise, y: (row) => row % 2 }), unread: [{ name: 'deep', type: 'STRUCT' }], notes: ['Read as Latin.'] };
    const told = "Column 'deep' holds STRUCT, neither numbers nor text, and is left out.";
    expect(prepare(file, { target: 'y' }).warnings).toEqual(['Read as Latin.', told]);
    expect(prepare(file, { target: 'y', drop: ['deep'] }).warnings).toEqual(['Read as Latin.']);
    expect(() => prepare(file, { target: 'deep' })).toThrow("Column 'deep' to predict holds STRUCT, neither numbers nor text.");
  });

  test.each([
    [1, "Of the 2 classes of target column 'y' only 'a' has more than one row; at least two classes need two or more."],
    [2, null],
  ])('a second class of %i rows', (rows, refusal) => {
    const file = table(40, { x: noise, y: (row) => (row < rows ? 'b' : 'a') });
    if (refusal === null) expect(prepare(file, { target: 'y' }).warnings[0]).toContain("the class 'b'");
    else expect(() => prepare(file, { target: 'y' })).toThrow(refusal);
  });

  test('true and false become a boolean field', () => {
    const read = prepare(table(40, { flag: (row) => (row % 3 === 0 ? 'True' : 'false'), y: (row) => row % 2 }), { target: 'y' });
    expect(read.schema.fields[0]).toMatchObject({ name: 'flag', type: 'boolean', example: false });
    expect(read.table.columns[0]?.kind).toBe('number');
  });

  test('a column that says the same as the target raises a doubt', () => {
    const read = prepare(table(40, { x: noise, answer: (row) => (row % 2 === 0 ? 'yes' : 'no'), y: (row) => row % 2 }), { target: 'y' });
    expect(read.warnings).toContain("Column 'answer' determines the target 'y' exactly: is it known when a prediction is asked for?");
  });

  test('fields take aliases and limits, but none that the data breaks', () => {
    const file = table(40, { x: noise, y: (row) => row % 2 });
    const read = prepare(file, { target: 'y', fields: [{ name: 'x', aliases: ['X'], exclusive_min: 0, max: 500 }] });
    expect(read.schema.fields[0]).toMatchObject({ aliases: ['X'], exclusive_min: 0, max: 500, type: 'double' });
    expect(() => prepare(file, { target: 'y', fields: [{ name: 'x', max: 20 }] })).toThrow("The limit max 20 of 'x' would refuse");
    expect(() => prepare(file, { target: 'y', fields: [{ name: 'z' }] })).toThrow(
      "'fields' names a column 'z' that the file does not have",
    );
    expect(() => prepare(file, { target: 'y', drop: ['z'] })).toThrow("There is no column 'z' to leave out");
  });

  test('an uploaded column is described by kind, gaps and an example', () => {
    const file = table(30, { flag: (row) => (row === 0 ? '' : String(row % 2 === 0)), y: (row) => row % 2 });
    expect(inspectColumn(file.columns[0]!)).toEqual({ name: 'flag', kind: 'boolean', missing: 1, distinct: 2, example: 'false' });
  });
});
