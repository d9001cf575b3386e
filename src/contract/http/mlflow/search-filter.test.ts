import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from './search-filter.ts';
import { experimentGrammar, loggedModelGrammar, modelVersionGrammar, registeredModelGrammar, runGrammar } from './search-grammars.ts';
import { parseOrder } from './search-order.ts';
import { SearchSyntaxError } from './search-tokens.ts';

const grammars = [runGrammar, experimentGrammar, registeredModelGrammar, modelVersionGrammar, loggedModelGrammar];
const one = (source: string) => parseFilter(source, runGrammar);
const condition = (entity: string, key: string, comparison: string, value: unknown) => ({ condition: { entity, key, comparison, value } });

describe('a filter', () => {
  test.each([
    ['metrics.rmse < 0.5', condition('metric', 'rmse', '<', 0.5)],
    ['metric.rmse >= -1e-3', condition('metric', 'rmse', '>=', -0.001)],
    ['metrics.`a b` = .5', condition('metric', 'a b', '=', 0.5)],
    ['metrics."a b" != +2', condition('metric', 'a b', '!=', 2)],
    ['metrics.val/loss.total > 1', condition('metric', 'val/loss.total', '>', 1)],
    ["params.lr='0.1'", condition('param', 'lr', '=', '0.1')],
    ['parameter.lr = "0.1"', condition('param', 'lr', '=', '0.1')],
    ["tags.mlflow.parentRunId = 'abc'", condition('tag', 'mlflow.parentRunId', '=', 'abc')],
    ["tags.`mlflow.parentRunId` like 'a%'", condition('tag', 'mlflow.parentRunId', 'LIKE', 'a%')],
    ["tag.x iLiKe '%A'", condition('tag', 'x', 'ILIKE', '%A')],
    ['tags.x IS NULL', condition('tag', 'x', 'IS NULL', null)],
    ['params.x is not null', condition('param', 'x', 'IS NOT NULL', null)],
    ["status = 'FINISHED'", condition('attribute', 'status', '=', 'FINISHED')],
    ["attributes.`Run name` = 'x'", condition('attribute', 'run_name', '=', 'x')],
    ['"run name" = \'x\'', condition('attribute', 'run_name', '=', 'x')],
    ["run.status != 'x'", condition('attribute', 'status', '!=', 'x')],
    ['attr.created > 1000', condition('attribute', 'start_time', '>', 1000)],
    ["run_id IN ('a', 'b')", condition('attribute', 'run_id', 'IN', ['a', 'b'])],
    ["attributes.run_id not in ('a')", condition('attribute', 'run_id', 'NOT IN', ['a'])],
    ["datasets.name = 'd'", condition('dataset', 'name', '=', 'd')],
    // There is no escape for a quote inside a value: MLflow keeps both.
    ["params.x = 'it''s'", condition('param', 'x', '=', "it''s")],
  ])('%s', (source, expected) => {
    expect(one(source)).toEqual(expected);
  });

  test('that is empty matches everything', () => {
    expect(one('')).toBeUndefined();
    expect(one('  \n ')).toBeUndefined();
  });

  test('binds AND closer than OR, and parentheses closest', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((key) => condition('metric', key, '>', 0));
    expect(one('metrics.a > 0 OR metrics.b > 0 and metrics.c > 0')).toEqual({ or: [a, { and: [b, c] }] });
    expect(one('(metrics.a > 0 or metrics.b > 0) AND metrics.c > 0')).toEqual({ and: [{ or: [a, b] }, c] });
  });

  test.each([
    ['metrics.rmse << 1', 15, 'Expected numeric value'],
    ['metrics.rmse = 1; drop', 17, "Invalid clause(s) in filter string: ';'"],
    ["metrics.rmse = '1'", 16, 'Expected numeric value'],
    ['params.lr = 1', 13, 'Expected a quoted string value'],
    ["params.lr < '1'", 11, 'Invalid comparator'],
    ["foo.bar = 'x'", 1, "Invalid entity type 'foo'"],
    ["nothing = 'x'", 1, "Invalid attribute key 'nothing'"],
    ["NOT status = 'x'", 1, "Invalid clause(s) in filter string: 'NOT'"],
    ['(metrics.a > 1', 15, "expected ')'"],
    ['metrics.a > 1 metrics.b > 2', 15, 'Invalid clause(s)'],
    ["status = 'open", 10, 'Unterminated'],
    ['status =', 9, 'expected a value'],
    ["status IN 'x'", 11, 'Expected a list'],
    ["status IN ('x'", 15, "expected ')'"],
    ['status IN (1)', 12, 'Expected a quoted string value'],
    ["datasets.size = 'x'", 1, 'Invalid dataset key'],
    ["1 = '1'", 1, 'expected an identifier'],
    ["constructor.x = 'x'", 1, 'Invalid entity type'],
  ])('%s is refused, with the position', (source, position, message) => {
    expect(() => one(source)).toThrow(message);
    expect(() => one(source)).toThrow(`(at position ${position})`);
  });

  test('of any text is either understood or refused', () => {
    const word = fc.constantFrom(
      'metrics.',
      'params.',
      'tags.`a b`',
      'status',
      "'x'",
      '"y"',
      '1',
      '-2.5e3',
      '<',
      '=',
      '!=',
      ' AND ',
      ' or ',
      'NOT',
      '(',
      ')',
      'IN',
      ',',
      ' is null',
      '`',
      "'",
      '.',
    );
    const source = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 12 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(source, fc.constantFrom(...grammars), (text, grammar) => {
        for (const read of [() => parseFilter(text, grammar), () => parseOrder([text], grammar)]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(SearchSyntaxError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('cannot outgrow what a database takes', () => {
    expect(() => one(Array(201).fill('metrics.a > 1').join(' AND '))).toThrow('more than 200 conditions');
    expect(() => one(`run_id IN (${Array(5001).fill("'a'").join()})`)).toThrow('more than 5000 values');
    expect(() =>
      parseOrder(
        Array.from({ length: 31 }, (_, i) => `metrics.m${i}`),
        runGrammar,
      ),
    ).toThrow('more than 30 fields');
  });

  test('cannot exhaust the stack', () => {
    expect(() => one('('.repeat(100_000))).toThrow('nested');
  });
});

describe('an order', () => {
  test.each([
    ['start_time', 'attribute', 'start_time', false],
    ['attributes.start_time DESC', 'attribute', 'start_time', true],
    ['metrics.rmse desc', 'metric', 'rmse', true],
    ['metrics.`a b` ASC', 'metric', 'a b', false],
    ['`Run name`', 'attribute', 'run_name', false],
    ['tags.mlflow.note', 'tag', 'mlflow.note', false],
  ])('%s', (clause, entity, key, descending) => {
    expect(parseOrder([clause], runGrammar)).toEqual([{ entity, key, descending }]);
  });

  test.each(['', 'nothing', 'metrics.a b c', 'datasets.name', 'metrics.', 'run_id DOWN'])('%j is refused', (clause) => {
    expect(() => parseOrder([clause], runGrammar)).toThrow(SearchSyntaxError);
  });

  test('may not name a key twice', () => {
    expect(() => parseOrder(['run_id', 'attributes.run_id DESC'], runGrammar)).toThrow('duplicate');
  });
});
