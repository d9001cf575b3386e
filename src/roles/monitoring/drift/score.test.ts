import { describe, expect, test } from 'vitest';
import type { FeatureValue } from '#contract/events.ts';
import { DRIFT_METHODS } from '#contract/http/platform/monitoring.ts';
import { FoldPlan } from '../fold/plan.ts';
import { profileRows, type SampleRow } from '../reference/profile.ts';
import { columnDrift } from './score.ts';

const limits = { psi: 0.1, distance: 0.1, minRows: 100, missing: 0.02 };

/** Park and Miller's generator. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A skewed number and a category of four, the rarest 5 %. */
function rowsOf(random: () => number, n: number): SampleRow[] {
  return Array.from({ length: n }, () => ({
    features: { x: random() ** 3 * 10, c: 'abbbccccccdddddddddd'[Math.floor(random() * 20)] as FeatureValue },
  }));
}

function scores(reference: readonly SampleRow[], current: readonly SampleRow[]) {
  const profile = profileRows('test', reference);
  const plan = new FoldPlan('r', profile);
  const window = plan.empty();
  for (const { features } of current) plan.add(window, { features, prediction: null, status: 'ok' });
  return profile.columns.map((column) => columnDrift(column, window.columns[column.name]!, { methods: [...DRIFT_METHODS], limits }));
}

describe('drift scores', () => {
  test('stay quiet over hundreds of windows of the same data, however few the rows', () => {
    const random = uniform(7);
    const alarms: Record<string, number> = Object.fromEntries(DRIFT_METHODS.map((method) => [method, 0]));
    let windows = 0;
    for (const [nRef, nCur] of [
      [105, 100],
      [150, 300],
      [1000, 100],
      [1000, 2000],
      [10_000, 500],
    ] as const) {
      for (let i = 0; i < 60; i++) {
        for (const column of scores(rowsOf(random, nRef), rowsOf(random, nCur))) {
          windows++;
          for (const method of DRIFT_METHODS) if (column.scores[method]!.drifted) alarms[method]!++;
        }
      }
    }
    expect(windows).toBe(600);
    for (const method of DRIFT_METHODS) expect([method, alarms[method]! <= 4]).toEqual([method, true]);
  });

  test('see a shift in every method, and which bin it lies in', () => {
    const random = uniform(3);
    const moved = rowsOf(random, 400).map(({ features }) => ({ features: { x: (features['x'] as number) + 3, c: 'd' } }));
    const [x, c] = scores(rowsOf(random, 500), moved);
    for (const method of DRIFT_METHODS) expect([x!.scores[method]!.drifted, c!.scores[method]!.drifted]).toEqual([true, true]);
    expect(c!.detail.sentence).toMatch(/^c: PSI .+ most of it lies in 'd' \(100 % of them now, .+ % in the reference\)\.$/u);
  });

  test('say nothing of an empty window', () => {
    const [x] = scores(rowsOf(uniform(1), 100), []);
    expect(x!.scores['psi']).toMatchObject({ value: null, drifted: false, state: 'no_data' });
    expect(x!.detail).toMatchObject({ sentence: null, missing: { current: 0, flagged: false } });
  });

  test('point out missing values even where the others have not moved', () => {
    const random = uniform(5);
    const holes = rowsOf(random, 500).map(({ features }, i) => ({
      features: { ...features, x: i % 10 === 0 ? null : (features['x'] as number) },
    }));
    const [x] = scores(rowsOf(random, 500), holes);
    expect(x!.detail.drifted).toBe(false);
    expect(x!.detail.sentence).toBe('x: 10 % of the values are missing, 0 % in the reference.');
  });
});
