import { describe, expect, test } from 'vitest';
import type { TrainRequest } from '#contract/http/platform/training.ts';
import { bundledTable, fileTable } from '#test/harness/file-table.ts';
import type { Trained } from './messages.ts';
import { train } from './train.ts';

const trained = (file: Parameters<typeof train>[0], request: Partial<TrainRequest>): Trained =>
  train(file, { request: { data: 'x', target: 'y', ...request }, source: 'test', onProgress: () => undefined, now: () => 0 });

/** Position of the most accurate model by the figures with this prefix; the smaller log loss decides between equals, else the first. */
function leader({ models }: Trained, prefix: string): number {
  const figures = models.map(({ metrics }) => [
    metrics[`${prefix}_accuracy`] ?? Number.NaN,
    -(metrics[`${prefix}_log_loss`] ?? Number.NaN),
  ]);
  return figures.reduce((best, [accuracy = 0, loss = 0], i) => {
    const [most = 0, least = 0] = figures[best] ?? [];
    return accuracy > most || (accuracy === most && loss > least) ? i : best;
  }, 0);
}

describe('the choice between learners', () => {
  test('is made on validation rows and never on the test rows, also where folds would lack a class', () => {
    const noisy = Array.from({ length: 300 }, (_, i) => `${(i * 37) % 101},${(i * 61) % 97},${i < 2 ? 'c' : (i * i) % 7 < 3 ? 'a' : 'b'}`);
    const few = noisy.slice(0, 60).map((line, i) => (i < 2 ? line : line.replace(/,b$/u, ',a')));
    const both = [noisy, few].map((lines) => fileTable(['p,q,y', ...lines].join('\n')));
    let disagreements = 0;
    for (let seed = 0; seed < 12; seed++) {
      for (const [i, file] of both.entries()) {
        const folds = i === 0 ? { folds: 0 } : {};
        const result = trained(file, { learner: ['tree', 'logistic'], seed, ...folds });
        if (result.folds > 0) continue;
        expect(result.rows.validation).toBeGreaterThan(0);
        expect(result.best).toBe(leader(result, 'val'));
        if (leader(result, 'val') !== leader(result, 'test')) disagreements++;
        if (i === 1) expect(result.warnings.join(' ')).toContain('The learners are compared on 6 validation rows.');
      }
    }
    expect(disagreements).toBeGreaterThan(0);
  });

  test('is made by folds where there are some', async () => {
    const result = trained(await bundledTable('examples/data/iris.csv'), { target: 'species', learner: ['tree', 'logistic'] });
    expect([result.folds, result.rows.validation]).toEqual([5, 0]);
    expect(result.best).toBe(leader(result, 'cv_mean'));
  });

  test('falls to the first where there are too few rows to choose by, and says so', () => {
    const lines = Array.from({ length: 12 }, (_, i) => `${i},${i < 2 ? 'b' : 'a'}`);
    const file = fileTable(['x,y', ...lines].join('\n'));
    const results = Array.from({ length: 30 }, (_, seed) => trained(file, { learner: ['tree', 'logistic'], test_size: 0.5, seed })).filter(
      ({ folds, rows }) => folds === 0 && rows.validation === 0,
    );
    expect(results.length).toBeGreaterThan(0);
    for (const { best, warnings } of results) {
      expect(best).toBe(0);
      expect(warnings).toContain('There are too few rows to choose between the learners by, so the first one is taken.');
    }
  });
});

describe('what is said of a finished training', () => {
  const alternating = (i: number): number => (i * 7919) % 101;

  test('a model that is no better than always giving the same answer is told', () => {
    const classes = fileTable(
      ['x,y', ...Array.from({ length: 200 }, (_, i) => `${alternating(i)},${i % 25 === 0 ? 'fraud' : 'ok'}`)].join('\n'),
    );
    expect(trained(classes, { learner: 'logistic' }).warnings.at(-1)).toBe(
      "The model is right for 95 % of the test rows, no more than always answering 'ok' would be (95 %).",
    );
    const noise = fileTable(['x,y', ...Array.from({ length: 200 }, (_, i) => `${i % 3},${Math.sin(i * i) + 0.5}`)].join('\n'));
    expect(trained(noise, { learner: 'tree', params: { max_depth: 1 }, seed: 2 }).warnings.at(-1)).toMatch(
      /^The model's error on the test rows \(rmse 0\.\d+\) is no smaller than that of always answering the mean \(0\.\d+\)\.$/u,
    );
  });

  test('a model that has learnt something is not doubted, and its answers are profiled on rows that it did not know', async () => {
    const { warnings, models, rows } = trained(await bundledTable('examples/data/iris.csv'), { target: 'species', learner: 'tree' });
    expect(warnings).toEqual([]);
    const { profile } = models[0]!;
    expect([profile.rows, profile.prediction?.rows]).toEqual([rows.train, rows.test]);
  });

  test('folds are for files that are small in both directions', () => {
    const wide = (columns: number) => {
      const names = Array.from({ length: columns }, (_, c) => `c${c}`);
      const lines = Array.from({ length: 300 }, (_, i) =>
        [...names.map((_, c) => ((i * 31 + c * 17) % 97) / 7), i % 2 === 0 ? 'a' : 'b'].join(','),
      );
      return fileTable([[...names, 'y'].join(','), ...lines].join('\n'));
    };
    expect(trained(wide(20), { learner: 'tree' }).folds).toBe(5);
    expect(trained(wide(700), { learner: 'tree', params: { max_depth: 2 } }).folds).toBe(0);
  });
});
