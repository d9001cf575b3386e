import { expect, test } from 'vitest';
import { ownAddress } from './mlflow-address.ts';

test.each([
  ['#/experiments/1/runs/abc', '/runs/abc'],
  ['#/experiments/1/runs/abc/artifacts/plots/a%20b.png', '/runs/abc?tab=artifacts&path=plots/a%20b.png'],
  ['#/experiments/1/runs/abc/artifacts', '/runs/abc?tab=artifacts'],
  ['#/experiments/1/runs/abc/system-metrics', '/runs/abc?tab=charts'],
  ['#/experiments/1', '/experiments/1'],
  ['#/experiments/1?searchFilter=x', '/experiments/1'],
  ['#/experiments/1/traces?selectedEvaluationId=tr-1', '/experiments/1'],
  ['#/experiments/1/models', '/experiments/1/models'],
  ['#/experiments/1/models/m-1', '/logged-models/m-1'],
  ['#/models/my%20model/versions/3', '/models/my%20model/3'],
  ['#/models/iris', '/models/iris'],
  ['#/models', '/models'],
  ['#/', '/experiments'],
  ['#/compare-runs?runs=["a","b"]&experiments=["1"]', `/compare?runs=${encodeURIComponent('["a","b"]')}`],
])('%s leads to %s', (theirs, ours) => {
  expect(ownAddress(theirs)).toBe(ours);
});

test.each(['', '#', '#try', '#/elsewhere'])('%j is not one of MLflow', (hash) => {
  expect(ownAddress(hash)).toBeUndefined();
});
