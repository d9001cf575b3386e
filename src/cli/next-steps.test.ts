import { expect, test } from 'vitest';
import { nextSteps } from './next-steps.ts';

test('the first steps name the commands as they are called here, with the address where it is not the usual one', () => {
  const usual = nextSteps('http://127.0.0.1:8000', true);
  expect(usual).toContain('npm run -s trainyard -- traffic\n');
  expect(usual).toContain('npm run -s trainyard -- train your.csv --target column --deploy mine');
  const other = nextSteps('http://127.0.0.1:9000', false);
  expect(other).toContain('  trainyard traffic --url http://127.0.0.1:9000\n');
  expect(other).toContain('MLFLOW_TRACKING_URI=http://127.0.0.1:9000');
});
