import { describe, expect, test } from 'vitest';
import { decide, type GateCase, pickBest } from './gate.ts';

const regression = (candidate: number, holder: number | null, more: Partial<GateCase> = {}): GateCase => ({
  task: 'regression',
  rows: 500,
  candidate: { rmse: candidate },
  holder: holder === null ? null : { version: '3', figures: { rmse: holder } },
  ...more,
});

const classification = (candidate: [accuracy: number, logLoss: number], holder: [number, number]): GateCase => ({
  task: 'classification',
  rows: 500,
  candidate: { accuracy: candidate[0], log_loss: candidate[1] },
  holder: { version: '3', figures: { accuracy: holder[0], log_loss: holder[1] } },
});

describe('the promotion gate', () => {
  test('lets the first version pass, whatever its figures, if they are figures', () => {
    expect(decide(regression(9, null)).promoted).toBe(true);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('never lets %s win, not even against nobody', (value) => {
    expect(decide(regression(value, 1)).promoted).toBe(false);
    expect(decide(regression(value, null)).promoted).toBe(false);
    expect(decide(regression(value, Number.NaN)).promoted).toBe(false);
  });

  test('keeps the holder at a tie and says so', () => {
    const decision = decide(regression(0.5, 0.5));
    expect(decision.promoted).toBe(false);
    expect(decision.reason).toContain('tie');
  });

  test('wants the least gain', () => {
    expect(decide(regression(0.4999, 0.5)).promoted).toBe(false);
    expect(decide(regression(0.49, 0.5)).promoted).toBe(true);
    expect(decide(regression(0.49, 0.5, { options: { min_improvement: 0.05 } })).promoted).toBe(false);
    expect(decide(regression(0.51, 0.5, { options: { min_improvement: 0 } })).promoted).toBe(false);
    expect(decide(regression(0.5, 0.5, { options: { min_improvement: 0 } })).promoted).toBe(false);
  });

  test('does not trust few rows: a lucky validation set once won for ever', () => {
    const decision = decide(regression(0.109, 0.5, { rows: 4 }));
    expect(decision.promoted).toBe(false);
    expect(decision.reason).toContain('4 test rows are too few');
  });

  test('lets a holder with broken figures be replaced by a person only', () => {
    expect(decide(regression(0.5, Number.NaN))).toMatchObject({ promoted: false, holder: null });
  });

  test('breaks the tie of a saturated accuracy by log loss', () => {
    const better = decide(classification([1, 0.01], [1, 0.2]));
    expect(better).toMatchObject({ promoted: true, metric: 'log_loss', candidate: 0.01, holder: 0.2 });
    expect(decide(classification([1, 0.2], [1, 0.01])).promoted).toBe(false);
    expect(decide(classification([1, 0.2], [1, 0.2])).promoted).toBe(false);
    expect(decide(classification([1, Number.NaN], [1, 0.2])).promoted).toBe(false);
  });

  test('tells figures, version and rows in its reason', () => {
    expect(decide(regression(0.4, 0.5)).reason).toBe('Promoted: rmse 0.4 against 0.5 of version 3 on the same 500 test rows.');
  });
});

describe('the choice between learners', () => {
  const contenders = (task: 'regression' | 'classification', figures: Record<string, number>[]): number =>
    pickBest(
      task,
      figures.map((each, i) => ({ learner: String(i), figures: each })),
    );

  test('skips what has no finite figures', () => {
    expect(contenders('regression', [{ rmse: Number.NaN }, { rmse: 2 }, { rmse: Number.NEGATIVE_INFINITY }, { rmse: 1 }])).toBe(3);
    expect(contenders('regression', [{ rmse: Number.NaN }, {}])).toBe(-1);
  });

  test('takes the earlier at a tie, and log loss between equal accuracies', () => {
    expect(contenders('regression', [{ rmse: 1 }, { rmse: 1 }])).toBe(0);
    expect(
      contenders('classification', [
        { accuracy: 0.9, log_loss: 0.5 },
        { accuracy: 0.9, log_loss: 0.4 },
        { accuracy: 0.8, log_loss: 0.1 },
      ]),
    ).toBe(1);
  });
});
