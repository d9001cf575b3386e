import { expect, test } from 'vitest';
import { evaluate } from '../metrics.ts';
import { fitPipeline } from '../pipeline.ts';
import { createRandom } from '../random.ts';
import type { Table, Target } from '../table.ts';

const numbers = (name: string, values: Float64Array): Table['columns'][number] => ({ kind: 'number', name, values });

test.each([1e-12, 1e-6, 1, 1e9])('a target in units of %f is learnt as well as in any other', (unit) => {
  const random = createRandom(3);
  const x = Float64Array.from({ length: 400 }, () => random.next());
  const table = { rows: 400, columns: [numbers('x', x)] };
  const target: Target = { kind: 'regression', name: 'y', values: x.map((value) => unit * Math.sin(6 * value)) };
  const { r2 } = evaluate(target, fitPipeline(table, target, { learner: 'boosting' }).predict(table));
  expect(r2).toBeGreaterThan(0.99);
});

test('many classes with few rows each do not make it leap', () => {
  const random = createRandom(5);
  const classes = Array.from({ length: 80 }, (_, i) => `c${i}`);
  const codes = Int32Array.from({ length: 3200 }, () => random.below(80));
  const table = {
    rows: 3200,
    columns: [
      numbers(
        'x',
        Float64Array.from(codes, (code) => code + random.next() * 0.9),
      ),
    ],
  };
  const target: Target = { kind: 'classification', name: 'y', classes, codes };
  const { accuracy, log_loss: loss } = evaluate(
    target,
    fitPipeline(table, target, { learner: 'boosting', params: { max_iter: 20 } }).predict(table),
  );
  expect(accuracy).toBeGreaterThan(0.8);
  expect(loss).toBeLessThan(1);
});
