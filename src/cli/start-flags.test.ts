import { expect, test } from 'vitest';
import { FLAG_HELP, readFlags } from './start-flags.ts';

test('an unknown flag is one mistake, with its value', () => {
  const { problems, settings } = readFlags(['--grpc-port', '8101', '--port', '9000', '--bogus', '--examples', 'stray']);
  expect(problems.map((problem) => /no flag (\S+);/u.exec(problem)?.[1])).toEqual(['--grpc-port', '--bogus', 'stray']);
  expect(settings.map(({ path, value }) => [path.join('.'), value])).toEqual([
    ['http.port', '9000'],
    ['training.examples', 'true'],
  ]);
});

test('the help of the flags is aligned', () => {
  const starts = FLAG_HELP.split('\n').map((line) => /^ {2}\S+ (?:\S+)? +(?=\S)/u.exec(line)?.[0].length);
  expect(new Set(starts).size).toBe(1);
});
