import { type Target, targetLength } from '#learners/table.ts';

interface Seen {
  readonly train: { readonly target: Target };
  readonly test: { readonly target: Target };
}

/** A sentence where a model answers the test rows no better than somebody who looks at no column. */
export function doubtsOf(metrics: Readonly<Record<string, number>>, { train, test }: Seen): string[] {
  return train.target.kind === 'classification'
    ? noBetterThanMostFrequent(metrics['test_accuracy'], train.target, test.target)
    : noBetterThanMean(metrics['test_rmse'], train.target, test.target);
}

function noBetterThanMostFrequent(
  accuracy: number | undefined,
  train: Extract<Target, { kind: 'classification' }>,
  test: Target,
): string[] {
  if (accuracy === undefined || test.kind !== 'classification') return [];
  const counts = new Int32Array(train.classes.length);
  for (const code of train.codes) counts[code]!++;
  const most = counts.indexOf(Math.max(...counts));
  const without = test.codes.filter((code) => code === most).length / targetLength(test);
  if (accuracy > without) return [];
  const label = `'${train.classes[most]}'`;
  return [
    `The model is right for ${percent(accuracy)} of the test rows, no more than always answering ${label} would be (${percent(without)}).`,
  ];
}

function noBetterThanMean(rmse: number | undefined, train: Extract<Target, { kind: 'regression' }>, test: Target): string[] {
  if (rmse === undefined || test.kind !== 'regression') return [];
  const mean = train.values.reduce((sum, value) => sum + value, 0) / train.values.length;
  const without = Math.sqrt(test.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / test.values.length);
  if (rmse < without) return [];
  return [
    `The model's error on the test rows (rmse ${short(rmse)}) is no smaller than that of always answering the mean (${short(without)}).`,
  ];
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
const short = (value: number): string => String(Number(value.toPrecision(4)));
