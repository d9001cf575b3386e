import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { readModel } from '#onnx/model-reader.ts';
import { compareWithOnnx, runOnnx } from '#test/fixtures/learners/run-onnx.ts';
import { categoryColumn, mixedExample, numberColumn, numericExample, tableOf } from '#test/fixtures/learners/tables.ts';
import type { ParamValue } from './learner.ts';
import { fitPipeline } from './pipeline.ts';
import { createRandom, type Random } from './random.ts';
import { learners } from './registry.ts';
import { type Column, OTHER_CATEGORY, type Table, type Target } from './table.ts';

const SCALES: readonly ((v: number, random: Random) => number)[] = [
  (v) => v,
  (v) => Math.round(v * 6),
  (v) => v * 1e6,
  (v) => v * 1e-6,
  (v, random) => (random.below(3) > 0 ? v : Number.NaN),
  (v) => v + 1e4,
  (_, random) => [-0, 0, 1][random.below(3)]!,
  (v) => (v > 0 ? v * 1e30 : v),
  () => 3,
];

/** A table of up to five columns of very different kinds, without any rule in it. */
function randomTable(random: Random): Table {
  const rows = 2 + random.below(60);
  const columns = Array.from({ length: 1 + random.below(5) }, (_, j): Column => {
    if (random.below(3) === 0) {
      const names = ['', 'a', 'b c', 'é', '1', 'x\r\n'].slice(0, 1 + random.below(6));
      const column = categoryColumn(
        `c${j}`,
        Array.from({ length: rows }, () => names[random.below(names.length + 1)] ?? null),
      );
      const codes = column.kind === 'category' ? column.codes.map((code) => (random.below(7) === 0 ? OTHER_CATEGORY : code)) : [];
      return { ...column, codes } as Column;
    }
    const scale = SCALES[random.below(SCALES.length)]!;
    return numberColumn(
      `n${j}`,
      Array.from({ length: rows }, () => scale(random.next() - 0.5, random)),
    );
  });
  return { rows, columns };
}

function randomTarget(rows: number, task: Target['kind'], random: Random): Target {
  const scale = [1, 1e-5, 1e6][random.below(3)]!;
  if (task === 'regression')
    return { kind: task, name: 'y', values: Float64Array.from({ length: rows }, () => (random.next() - 0.3) * scale) };
  const count = 2 + random.below(3);
  const codes = Int32Array.from({ length: rows }, (_, i) => (i < 2 ? i : random.below(count)));
  const classes =
    random.below(2) === 0 ? Array.from({ length: count }, (_, k) => 3 * k - 2) : Array.from({ length: count }, (_, k) => `k${k}`);
  return { kind: task, name: 'y', classes, codes };
}

const SMALL: Readonly<Record<string, Record<string, ParamValue>>> = {
  forest: { n_estimators: 4 },
  boosting: { max_iter: 8, min_samples_leaf: 1, early_stopping: 'on' },
};

describe('the exported model', () => {
  test.each(learners.flatMap(({ name, tasks }) => tasks.map((task) => ({ name, task }))))(
    '$name for $task agrees on tables of all kinds',
    async ({ name, task }) => {
      for (let seed = 0; seed < 25; seed++) {
        const random = createRandom(seed);
        const table = randomTable(random);
        const target = randomTarget(table.rows, task, random);
        const pipeline = fitPipeline(table, target, { learner: name, params: SMALL[name] ?? {}, seed, scale: seed % 2 === 0 });
        const { difference, otherLabels } = await compareWithOnnx(pipeline, table);
        expect({ seed, otherLabels, close: difference < 1e-5 }).toEqual({ seed, otherLabels: 0, close: true });
      }
    },
  );

  test('terms that nearly cancel are added in 64 bits', async () => {
    const random = createRandom(1);
    const a = Float64Array.from({ length: 80 }, () => random.next());
    const b = a.map((value) => value + 1e-5 * random.next());
    const values = a.map((value, i) => value + 3e4 * (value - b[i]!));
    const table = tableOf(numberColumn('a', a), numberColumn('b', b));
    const pipeline = fitPipeline(table, { kind: 'regression', name: 'y', values }, { learner: 'linear' });
    expect(readModel(pipeline.toOnnx()).operators).toContain('Gemm');
    expect((await compareWithOnnx(pipeline, table)).difference).toBeLessThan(1e-5);
  });

  test('tells its inputs, outputs, learner and labels', () => {
    const { table, target } = numericExample(60, ['no', 'yes']);
    const summary = readModel(fitPipeline(table, target, { learner: 'tree', params: { max_depth: 3 } }).toOnnx());
    expect(summary).toMatchObject({
      producer: 'trainyard',
      inputs: [{ name: 'float_input', elementType: 'float32', shape: ['N', 3] }],
      outputs: [
        { name: 'label', elementType: 'string', shape: ['N'] },
        { name: 'probabilities', elementType: 'float32', shape: ['N', 2] },
      ],
      classLabels: ['no', 'yes'],
      metadata: { 'trainyard.learner': 'tree', 'trainyard.target': 'y', 'trainyard.columns': '["a","b","c"]' },
    });
    expect(JSON.parse(summary.metadata['trainyard.params']!)).toMatchObject({ max_depth: 3, min_samples_leaf: 1 });
  });

  test('has one input per column where there are categories, and outputs that do not clash with them', () => {
    const { table, target } = mixedExample(60, ['a', 'b']);
    const { inputs, outputs } = readModel(fitPipeline(table, target, { learner: 'tree' }).toOnnx());
    expect(inputs.map(({ name, elementType, shape }) => [name, elementType, shape])).toEqual([
      ['size', 'float32', ['N', 1]],
      ['kind of thing', 'string', ['N', 1]],
      ['label', 'string', ['N', 1]],
    ]);
    expect(outputs.map(({ name }) => name)).toEqual(['output_label', 'probabilities']);
  });

  test('takes any number of rows, also none', async () => {
    const { table, target } = numericExample(40, null);
    const bytes = fitPipeline(table, target, { learner: 'boosting' }).toOnnx();
    for (const rows of [1, 7, 0]) {
      const result = await runOnnx(bytes, { float_input: new ort.Tensor('float32', new Float32Array(rows * 3), [rows, 3]) });
      expect(result['variable']!.dims).toEqual([rows, 1]);
    }
  });
});

describe('preprocessing', () => {
  const y: Target = { kind: 'regression', name: 'y', values: Float64Array.of(1, 2, 3, 4, 5, 6) };
  const at = (pipeline: ReturnType<typeof fitPipeline>, table: Table): number => {
    const prediction = pipeline.predict(table);
    return prediction.kind === 'regression' ? prediction.values[0]! : Number.NaN;
  };

  test('a missing number takes the median, or the mean if that was asked for', () => {
    const table = tableOf(numberColumn('x', [1, 2, Number.NaN, 4, 5, 30]));
    const missing = tableOf(numberColumn('x', [Number.NaN]));
    for (const [impute, fill] of [
      ['median', 4],
      ['mean', 8.4],
    ] as const) {
      const pipeline = fitPipeline(table, y, { learner: 'linear', impute });
      expect(at(pipeline, missing)).toBeCloseTo(at(pipeline, tableOf(numberColumn('x', [fill]))), 5);
    }
  });

  test('a tree tells rows without a value from all others', () => {
    const values = Float64Array.of(0, 0, 9, 9, 0, 0);
    const table = tableOf(numberColumn('x', [1, 2, Number.NaN, Number.NaN, 5, 6]));
    const pipeline = fitPipeline(table, { kind: 'regression', name: 'y', values }, { learner: 'tree', params: { max_depth: 1 } });
    const prediction = pipeline.predict(table);
    expect(prediction.kind === 'regression' && [...prediction.values]).toEqual([0, 0, 9, 9, 0, 0]);
  });

  test('an unseen category lies between the others for a tree and is none of them for a linear model', () => {
    const table = tableOf(categoryColumn('c', ['low', 'low', 'mid', 'mid', 'top', 'top']));
    const values = Float64Array.of(0, 0, 5, 5, 10, 10);
    const unseen = tableOf(categoryColumn('c', ['other']));
    const tree = fitPipeline(table, { kind: 'regression', name: 'y', values }, { learner: 'tree' });
    expect(at(tree, unseen)).toBeGreaterThanOrEqual(0);
    const { intercept, weights } = fitPipeline(table, { kind: 'regression', name: 'y', values }, { learner: 'ridge' }).coefficients[0]!;
    expect(Object.keys(weights)).toEqual(['c=low', 'c=mid', 'c=top']);
    expect(at(fitPipeline(table, { kind: 'regression', name: 'y', values }, { learner: 'ridge' }), unseen)).toBeCloseTo(intercept, 5);
  });

  test('identifiers do not get an indicator each', () => {
    const names = Array.from({ length: 600 }, (_, i) => `id-${i < 100 ? 0 : i}`);
    const table = tableOf(categoryColumn('id', names));
    const values = Float64Array.from(names, (_, i) => i);
    const { weights } = fitPipeline(table, { kind: 'regression', name: 'y', values }, { learner: 'ridge' }).coefficients[0]!;
    expect(Object.keys(weights)).toHaveLength(250);
    expect(weights).toHaveProperty('id=id-0');
  });
});

describe('boosting', () => {
  test('stops early on noise, and does not where that is off', () => {
    const random = createRandom(4);
    const noise = () => Float64Array.from({ length: 400 }, () => random.next());
    const table = tableOf(numberColumn('a', noise()), numberColumn('b', noise()));
    const target: Target = { kind: 'regression', name: 'y', values: noise() };
    const rounds = (early_stopping: string) =>
      fitPipeline(table, target, { learner: 'boosting', params: { early_stopping } }).extra['n_iterations'];
    expect(rounds('on')).toBeLessThan(40);
    expect(rounds('off')).toBe(100);
    expect(rounds('auto')).toBe(100);
  });

  test('keeps to the number of leaves and the depth that were asked for', () => {
    const { table, target } = numericExample(300, null);
    const leaves = (params: Record<string, ParamValue>) => {
      const prediction = fitPipeline(table, target, {
        learner: 'boosting',
        params: { max_iter: 1, min_samples_leaf: 1, ...params },
      }).predict(table);
      return new Set(prediction.kind === 'regression' ? prediction.values : []).size;
    };
    expect(leaves({ max_leaf_nodes: 5 })).toBe(5);
    expect(leaves({ max_depth: 2 })).toBe(4);
  });
});
