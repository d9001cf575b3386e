import { describe, expect, test } from 'vitest';
import { compareWithOnnx } from '#test/fixtures/learners/run-onnx.ts';
import { categoryColumn, type Example, mixedExample, numberColumn, numericExample, tableOf } from '#test/fixtures/learners/tables.ts';
import { LearnerError } from './errors.ts';
import type { ParamValue, Task } from './learner.ts';
import { fitPipeline } from './pipeline.ts';
import { createRandom, permutation } from './random.ts';
import { findLearner, learners } from './registry.ts';
import { takeRows, takeTarget } from './table.ts';

/** Parameters that keep a fit on a few hundred rows short; all else is the default. */
const QUICK: Readonly<Record<string, Record<string, ParamValue>>> = {
  forest: { n_estimators: 12 },
  boosting: { max_iter: 20, min_samples_leaf: 2 },
};

const cases = learners.flatMap(({ name, tasks }) => tasks.map((task) => ({ name, task })));

function example(task: Task, rows = 160): Example {
  return numericExample(rows, task === 'classification' ? ['no', 'perhaps', 'yes'] : null);
}

function train({ table, target }: Example, learner: string, seed = 0) {
  return fitPipeline(table, target, { learner, seed, params: QUICK[learner] ?? {} });
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LearnerError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

describe.each(cases)('every learner: $name for $task', ({ name, task }) => {
  test('the same seed gives the same model, byte for byte', () => {
    const data = example(task);
    expect(train(data, name, 7).toOnnx()).toEqual(train(data, name, 7).toOnnx());
  });

  test('the parameters in effect can be given back and give the same model', () => {
    const data = example(task);
    const first = train(data, name);
    const second = fitPipeline(data.table, data.target, { learner: name, params: first.params });
    expect(second.params).toEqual(first.params);
    expect(second.toOnnx()).toEqual(first.toOnnx());
  });

  test('the data are left as they were', () => {
    const data = example(task);
    const before = structuredClone(data);
    train(data, name).predict(data.table);
    expect(data).toEqual(before);
  });

  test('it learns: much better than a constant answer', () => {
    const data = example(task, 400);
    const prediction = train(data, name).predict(data.table);
    if (prediction.kind === 'classification' && data.target.kind === 'classification') {
      const { codes } = data.target;
      expect(prediction.codes.filter((code, i) => code === codes[i]).length / codes.length).toBeGreaterThan(0.75);
    } else if (prediction.kind === 'regression' && data.target.kind === 'regression') {
      const { values } = data.target;
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const share =
        values.reduce((sum, y, i) => sum + (y - prediction.values[i]!) ** 2, 0) / values.reduce((sum, y) => sum + (y - mean) ** 2, 0);
      expect(share).toBeLessThan(0.3);
    }
  });

  test('the order of rows does not matter where that is promised', () => {
    if (!findLearner(name).orderInvariant) return;
    const data = example(task);
    const order = permutation(data.table.rows, createRandom(3));
    const shuffled = { table: takeRows(data.table, order), target: takeTarget(data.target, order) };
    const expected = train(data, name).predict(data.table);
    const actual = train(shuffled, name).predict(data.table);
    const numbers = (p: typeof expected) => (p.kind === 'regression' ? p.values : p.probabilities);
    for (const [i, value] of numbers(actual).entries()) expect(value).toBeCloseTo(numbers(expected)[i]!, 3);
  });

  test('probabilities are within 0 and 1, sum to 1, and the label is the likeliest', () => {
    const prediction = train(example(task), name).predict(example(task, 50).table);
    if (prediction.kind === 'regression') return;
    for (const [i, code] of prediction.codes.entries()) {
      const row = prediction.probabilities.subarray(i * 3, i * 3 + 3);
      expect(row.every((p) => p >= 0 && p <= 1 + 1e-6)).toBe(true);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(row[code]).toBeGreaterThanOrEqual(Math.max(...row) - 1e-7);
    }
  });

  test('the exported model says the same: numbers', async () => {
    const pipeline = train(example(task), name);
    const { difference, otherLabels } = await compareWithOnnx(pipeline, example(task, 300).table);
    expect(difference).toBeLessThan(1e-5);
    expect(otherLabels).toBe(0);
  });

  test('the exported model says the same: categories, missing and unseen values', async () => {
    const data = mixedExample(200, task === 'classification' ? [-1, 5, 7] : null);
    const pipeline = train(data, name);
    const unseen = tableOf(
      numberColumn('size', [Number.NaN, 12, 99]),
      categoryColumn('kind of thing', ['never seen', null, '__proto__']),
      categoryColumn('label', ['low', 'other', null]),
    );
    for (const table of [data.table, unseen]) {
      const { difference, otherLabels } = await compareWithOnnx(pipeline, table);
      expect(difference).toBeLessThan(1e-5);
      expect(otherLabels).toBe(0);
    }
  });

  test('two classes give two columns of probabilities', async () => {
    if (task === 'regression') return;
    const data = numericExample(120, [0, 1]);
    const pipeline = train(data, name);
    const prediction = pipeline.predict(data.table);
    expect(prediction.kind === 'classification' && prediction.probabilities.length).toBe(240);
    const { difference, otherLabels } = await compareWithOnnx(pipeline, data.table);
    expect(difference).toBeLessThan(1e-5);
    expect(otherLabels).toBe(0);
  });

  test('a constant column is no obstacle and has no importance', async () => {
    const { table, target } = example(task);
    const constant = numberColumn('constant', new Array(table.rows).fill(4.2));
    const pipeline = train({ table: { ...table, columns: [...table.columns, constant] }, target }, name);
    expect(pipeline.importance['constant']).toBeCloseTo(0, 6);
  });

  test('importance sums to 1 over the columns', () => {
    const { importance } = train(mixedExample(200, task === 'classification' ? ['a', 'b'] : null), name);
    expect(Object.keys(importance)).toEqual(['size', 'kind of thing', 'label']);
    expect(Object.values(importance).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    expect(Object.values(importance).every((share) => share >= 0)).toBe(true);
  });

  test('one column, a column without any value, few rows, the same row many times', async () => {
    const { table, target } = example(task);
    const [first] = table.columns;
    const empty = numberColumn('empty', new Array(table.rows).fill(Number.NaN));
    const repeated = Int32Array.from({ length: 60 }, (_, i) =>
      i < 30 ? 0 : target.kind === 'classification' ? target.codes.findIndex((c) => c !== target.codes[0]) : 1,
    );
    const few = target.kind === 'classification' ? [0, target.codes.findIndex((code) => code !== target.codes[0])] : [0];
    const examples: Example[] = [
      { table: tableOf(first!), target },
      { table: tableOf(first!, empty), target },
      { table: takeRows(table, few), target: takeTarget(target, few) },
      { table: takeRows(table, repeated), target: takeTarget(target, repeated) },
    ];
    for (const each of examples) {
      const pipeline = train(each, name);
      expect((await compareWithOnnx(pipeline, each.table)).difference).toBeLessThan(1e-5);
    }
  });

  test('progress never goes back and ends at the total', () => {
    const { table, target } = example(task);
    const seen: [number, number][] = [];
    fitPipeline(table, target, { learner: name, params: QUICK[name] ?? {}, onProgress: (done, total) => seen.push([done, total]) });
    const [done, total] = seen.at(-1)!;
    expect(done).toBe(total);
    for (const [i, [now]] of seen.entries()) expect(now).toBeGreaterThanOrEqual(seen[i - 1]?.[0] ?? 0);
  });

  test('what cannot be learnt from is refused with a sentence', () => {
    const { table, target } = example(task);
    if (target.kind === 'regression') {
      const values = target.values.with(5, Number.NaN);
      expect(() => train({ table, target: { ...target, values } }, name)).toThrow("Target 'y' has a missing value in row 5");
    } else {
      const codes = new Int32Array(table.rows).fill(1);
      expect(() => train({ table, target: { ...target, codes } }, name)).toThrow("only the class 'perhaps'");
      expect(() => train({ table, target: { ...target, codes: codes.fill(-1, 3, 4) } }, name)).toThrow('no class in row 3');
    }
    const infinite = numberColumn(
      'a',
      Float64Array.from({ length: table.rows }, (_, i) => (i === 9 ? 1e39 : i)),
    );
    expect(() => train({ table: tableOf(infinite), target }, name)).toThrow("Column 'a' holds 1e+39 in row 9");
    expect(codeOf(() => train({ table: takeRows(table, []), target: takeTarget(target, []) }, name))).toBe('ROWS_TOO_FEW');
    expect(codeOf(() => train({ table: { rows: table.rows, columns: [] }, target }, name))).toBe('TABLE_INVALID');
    expect(codeOf(() => train({ table: takeRows(table, [1, 2]), target }, name))).toBe('TARGET_INVALID');
  });

  test('a table without a needed column is refused, further columns and another order are not', () => {
    const { table, target } = example(task);
    const pipeline = train({ table, target }, name);
    const reversed = { rows: table.rows, columns: [numberColumn('more', new Array(table.rows).fill(0)), ...table.columns.toReversed()] };
    expect(pipeline.predict(reversed)).toEqual(pipeline.predict(table));
    expect(() => pipeline.predict(tableOf(table.columns[0]!))).toThrow("needs a number column 'b', which is absent");
  });
});

describe.each(learners)('the parameters of $name', (learner) => {
  test('defaults are allowed, unknown and wrong ones are refused by name', () => {
    const task = learner.tasks[0]!;
    const { table, target } = example(task, 30);
    const attempt = (params: Record<string, ParamValue>) => () => fitPipeline(table, target, { learner: learner.name, params });
    expect(attempt({ nonsense: 1 })).toThrow(`Learner '${learner.name}' has no parameter 'nonsense'`);
    for (const spec of learner.params) {
      expect(spec.describe).toMatch(/\.$/u);
      const wrong: ParamValue[] = [
        'no such word',
        Number.NaN,
        ...(spec.min === undefined ? [] : [spec.min - 1]),
        ...(spec.max === undefined ? [] : [spec.max + 1]),
      ];
      for (const value of wrong) expect(attempt({ [spec.name]: value })).toThrow(`Parameter '${spec.name}' of learner '${learner.name}'`);
    }
  });

  test('tasks that it is not for are refused', () => {
    const other = (['regression', 'classification'] as const).find((task) => !learner.tasks.includes(task));
    if (other) expect(codeOf(() => train(example(other, 30), learner.name))).toBe('TASK_UNSUPPORTED');
  });
});

test('an unknown learner and a wrong seed are refused with what is allowed', () => {
  expect(() => train(example('regression'), 'magic')).toThrow(
    "There is no learner 'magic'; there are: linear, ridge, logistic, tree, forest, boosting.",
  );
  expect(() => train(example('regression'), 'linear', -1)).toThrow('The seed is -1; allowed: a whole number from 0.');
});
