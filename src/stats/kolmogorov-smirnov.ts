/**
 * Two-sample Kolmogorov–Smirnov statistic: the largest distance between the two empirical distribution functions, 0…1 (exact).
 *
 * @param first ascending, at least one value
 * @param second ascending, at least one value
 */
export function ksStatistic(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < first.length && j < second.length) {
    const at = Math.min(first[i]!, second[j]!);
    while (i < first.length && first[i]! <= at) i++;
    while (j < second.length && second[j]! <= at) j++;
    largest = Math.max(largest, Math.abs(i / first.length - j / second.length));
  }
  return largest;
}

/**
 * The same from counts over common ordered bins. Always low, by at most the largest share that one bin holds.
 *
 * @param reference counts per bin, ascending bins
 * @param current counts per bin, same bins
 * @returns the statistic and the most by which the exact one can be larger
 */
export function ksFromBins(
  reference: readonly number[],
  current: readonly number[],
): { readonly statistic: number; readonly error: number } {
  const n = reference.reduce((a, b) => a + b, 0);
  const m = current.reduce((a, b) => a + b, 0);
  let [f, g, statistic, error] = [0, 0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    f += reference[i]! / n;
    g += current[i]! / m;
    statistic = Math.max(statistic, Math.abs(f - g));
    error = Math.max(error, reference[i]! / n, current[i]! / m);
  }
  return { statistic, error };
}
