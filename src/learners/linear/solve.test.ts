import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minimise } from './lbfgs.ts';
import { solveSemidefinite } from './solve.ts';

/** AᵀA and AᵀA x for a matrix given by rows. */
function equations(rows: readonly number[][], x: readonly number[]) {
  const size = x.length;
  const matrix = new Float64Array(size * size);
  for (const row of rows) for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) matrix[i * size + j]! += row[i]! * row[j]!;
  const right = Float64Array.from({ length: size }, (_, i) => x.reduce((sum, value, j) => sum + matrix[i * size + j]! * value, 0));
  return { size, matrix, right };
}

test('a regular system has its one solution', () => {
  const { solution, rank } = solveSemidefinite(
    equations(
      [
        [1, 2, 0],
        [0, 1, -1],
        [3, 0, 1],
        [1, 1, 1],
      ],
      [2, -1, 0.5],
    ),
  );
  expect(rank).toBe(3);
  expect([...solution]).toEqual([2, -1, 0.5].map((value) => expect.closeTo(value, 10)));
});

test('equal columns share the weight: the solution of least norm', () => {
  const { solution, rank } = solveSemidefinite(
    equations(
      [
        [1, 1, 0],
        [2, 2, 1],
        [0, 0, 3],
      ],
      [4, 0, 1],
    ),
  );
  expect(rank).toBe(2);
  expect([...solution]).toEqual([2, 2, 1].map((value) => expect.closeTo(value, 10)));
});

test('nothing to solve gives zeros', () => {
  expect(solveSemidefinite({ size: 2, matrix: new Float64Array(4), right: new Float64Array(2) })).toEqual({
    solution: new Float64Array(2),
    rank: 0,
  });
});

test('a solution meets its equations, singular or not', () => {
  const row = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), row, (rows, x) => {
      const system = equations(rows, x);
      const { solution } = solveSemidefinite(system);
      for (let i = 0; i < 4; i++) {
        const left = solution.reduce((sum, value, j) => sum + system.matrix[i * 4 + j]! * value, 0);
        expect(left).toBeCloseTo(system.right[i]!, 6);
      }
    }),
  );
});

test('the minimum of an ill-scaled convex function is found', () => {
  const scales = [1, 1000, 0.01];
  const x = new Float64Array(3);
  const result = minimise(
    (at, gradient) => {
      let value = 0;
      for (const [i, scale] of scales.entries()) {
        const away = at[i]! - (i + 1);
        value += (scale * away * away) / 2;
        gradient[i] = scale * away;
      }
      return value;
    },
    x,
    { tolerance: 1e-9, maxSteps: 200 },
  );
  expect(result.converged).toBe(true);
  expect([...x]).toEqual([1, 2, 3].map((value) => expect.closeTo(value, 5)));
});
