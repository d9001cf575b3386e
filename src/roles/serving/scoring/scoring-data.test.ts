import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnownError } from '#kernel/errors.ts';
import { readScoringData } from './scoring-data.ts';

const read = (value: unknown, type?: string) =>
  readScoringData(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), type);
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(KnownError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

describe("MLflow's scoring bodies", () => {
  test('hold a table in two forms, or tensors', () => {
    const frame = {
      kind: 'frame',
      columns: ['a', 'b'],
      rows: [
        [1, 2],
        [3, null],
      ],
      isText: false,
    };
    expect(
      read({
        dataframe_split: {
          columns: ['a', 'b'],
          data: [
            [1, 2],
            [3, null],
          ],
        },
      }),
    ).toEqual(frame);
    expect(read({ dataframe_records: [{ a: 1, b: 2 }, { a: 3 }], params: { x: 1 } })).toEqual(frame);
    expect(read({ instances: [{ a: 1, b: 2 }, { a: 3 }] })).toEqual(frame);
    expect(read({ inputs: [[1, 2]] })).toEqual({ kind: 'tensor', data: [[1, 2]] });
    expect(read({ inputs: { a: [1] } })).toEqual({ kind: 'tensors', data: { a: [1] } });
  });

  test('hold exactly one of them', () => {
    expect(refusal(() => read({ inputs: [1], instances: [1] }))).toContain('exactly one of the input fields');
    expect(refusal(() => read([1]))).toContain('Received a list');
    expect(refusal(() => read('nothing'))).toContain('valid JSON');
    expect(refusal(() => read({ dataframe_split: { data: [[1]], columns: ['a', 'b'] } }))).toContain('2 columns passed, row 0 has 1');
    expect(refusal(() => read({ dataframe_split: { data: [], kind: 1 } }))).toContain("unexpected key 'kind'");
    expect(refusal(() => read('{}', 'application/json; charset=latin-1'))).toContain('UTF-8');
    expect(refusal(() => read('x', 'application/vnd.apache.parquet'))).toContain('content types');
  });

  test('may be CSV with quotes, empty cells and either line end', () => {
    expect(read('a,"b ""c"""\r\n1,\r\n"x, y\nz",2\r\n', 'text/csv; charset=utf-8')).toEqual({
      kind: 'frame',
      columns: ['a', 'b "c"'],
      rows: [
        ['1', null],
        ['x, y\nz', '2'],
      ],
      isText: true,
    });
    expect(read('a\n\n1', 'text/csv')).toMatchObject({ rows: [['1']] });
    expect(refusal(() => read('a,b\n1', 'text/csv'))).toContain('Line 2 has 1 values, the header 2');
    expect(refusal(() => read('a,b\n1,2"', 'text/csv'))).toContain('stray quote');
  });

  test('are taken or refused, never an accident', () => {
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ inputs: fc.jsonValue() }).map((v) => JSON.stringify(v)),
      fc.record({ dataframe_split: fc.jsonValue() }).map((v) => JSON.stringify(v)),
    );
    fc.assert(
      fc.property(body, fc.constantFrom('application/json', 'text/csv'), (text, type) => {
        try {
          read(text, type);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
        }
      }),
    );
  });
});
