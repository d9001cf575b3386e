import { expect, test } from 'vitest';
import { closingLine, runStaticChecks, sum } from './static-checks.ts';

test('the closing line counts skipped tests only where there are some', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

test('each static check counts as one test', async () => {
  const script = (code: number) => [process.execPath, '-e', `process.exit(${code})`];
  const said: string[] = [];
  const checks = [
    { name: 'a', command: script(0) },
    { name: 'b', command: script(1) },
    { name: 'c', command: script(0) },
  ];
  const outcome = await runStaticChecks(checks, (text) => said.push(text));
  expect(
    said
      .filter((text) => /^[✓✗] /u.test(text))
      .map((text) => text.slice(0, 3))
      .sort(),
  ).toEqual(['✓ a', '✓ c', '✗ b']);
  expect(outcome).toEqual({ passed: 2, failed: 1, skipped: 0 });
  expect(sum([outcome, { passed: 5, failed: 0, skipped: 1 }])).toEqual({ passed: 7, failed: 1, skipped: 1 });
});
