/** A symmetric matrix and right-hand side of normal equations; `matrix` is d × d by rows. */
export interface NormalEquations {
  readonly size: number;
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

/**
 * Solves a positive semidefinite system by Cholesky with complete pivoting. Where the matrix is singular to working
 * precision the solution of least norm is returned: with A = L Lᵀ, L d × r, x = L (LᵀL)⁻² Lᵀ b.
 *
 * @returns x of length `size` and the rank that was found
 * @see Higham, Accuracy and Stability of Numerical Algorithms (2002), §10.3
 */
export function solveSemidefinite({ size, matrix, right }: NormalEquations): { solution: Float64Array; rank: number } {
  const { columns, rank } = pivotedFactor(matrix, size);
  const project = (vector: Float64Array): Float64Array =>
    Float64Array.from({ length: rank }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += columns[k * size + i]! * vector[i]!;
      return sum;
    });
  const inner = new Float64Array(rank * rank);
  for (let a = 0; a < rank; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += columns[a * size + i]! * columns[b * size + i]!;
      inner[a * rank + b] = sum;
      inner[b * rank + a] = sum;
    }
  }
  const factor = choleskyInPlace(inner, rank);
  const once = substitute(factor, rank, project(right));
  const twice = substitute(factor, rank, once);
  const solution = new Float64Array(size);
  for (let k = 0; k < rank; k++) for (let i = 0; i < size; i++) solution[i]! += columns[k * size + i]! * twice[k]!;
  return { solution, rank };
}

/** Columns of L one after the other, each of length `size`, in the original order of rows. */
function pivotedFactor(matrix: Float64Array, size: number): { columns: Float64Array; rank: number } {
  const columns = new Float64Array(size * size);
  const rest = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
  const tolerance = Math.max(...rest, 0) * size * 1e-13;
  for (let k = 0; k < size; k++) {
    let pivot = 0;
    for (let i = 1; i < size; i++) if (rest[i]! > rest[pivot]!) pivot = i;
    if (!(rest[pivot]! > tolerance)) return { columns, rank: k };
    const root = Math.sqrt(rest[pivot]!);
    for (let i = 0; i < size; i++) {
      let sum = matrix[i * size + pivot]!;
      for (let m = 0; m < k; m++) sum -= columns[m * size + i]! * columns[m * size + pivot]!;
      columns[k * size + i] = sum / root;
    }
    for (let i = 0; i < size; i++) rest[i]! -= columns[k * size + i]! ** 2;
    rest[pivot] = 0;
  }
  return { columns, rank: size };
}

function choleskyInPlace(matrix: Float64Array, size: number): Float64Array {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = matrix[i * size + j]!;
      for (let m = 0; m < j; m++) sum -= matrix[i * size + m]! * matrix[j * size + m]!;
      matrix[i * size + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / matrix[j * size + j]!;
    }
  }
  return matrix;
}

/** Solves L Lᵀ x = right with L in the lower triangle. */
function substitute(lower: Float64Array, size: number, right: Float64Array): Float64Array {
  const x = right.slice();
  for (let i = 0; i < size; i++) {
    for (let m = 0; m < i; m++) x[i]! -= lower[i * size + m]! * x[m]!;
    x[i]! /= lower[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let m = i + 1; m < size; m++) x[i]! -= lower[m * size + i]! * x[m]!;
    x[i]! /= lower[i * size + i]!;
  }
  return x;
}
