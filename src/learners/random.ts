/** The only source of randomness of the learners: same seed, same sequence, on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform integer in [0, bound), 1 ≤ bound ≤ 2^32. */
  below(bound: number): number;
}

/**
 * sfc32, a small generator of 128 bits of state, started from `seed` by splitmix32.
 *
 * @param seed any integer; only its low 53 bits count
 * @see C. Doty-Humphrey, PractRand (sfc32); the bounded draw is Lemire's multiplication without rejection (bias < bound / 2^32)
 */
export function createRandom(seed: number): Random {
  let mix = (seed ^ (seed / 0x1_0000_0000)) >>> 0;
  const spread = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = spread();
  let b = spread();
  let c = spread();
  let counter = 1;
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();
  return {
    next: () => bits() / 0x1_0000_0000,
    below: (bound) => Math.floor((bits() / 0x1_0000_0000) * bound),
  };
}

/** 0 … count − 1 in random order (Fisher and Yates). */
export function permutation(count: number, random: Random): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const j = random.below(i + 1);
    order[i] = order[j]!;
    order[j] = i;
  }
  return order;
}
