import { expect, test } from 'vitest';
import { snippet } from './call-snippets.ts';

const at = 'http://host:1';

test('quotes do not end the argument of curl', () => {
  expect(snippet('curl', { path: '/predict', body: { name: "it's" } }, at)).toContain(`-d '{"name":"it'\\''s"}'`);
});

test('Python has its own words for null and truth, also inside of lists', () => {
  const text = snippet(
    'Python',
    {
      path: '/predict',
      body: {
        rows: [
          [1, null],
          [2, true],
        ],
        on: false,
      },
    },
    at,
  );
  expect(text).toContain('"rows": [[1, None], [2, True]],');
  expect(text).toContain('"on": False,');
  expect(text).toContain('requests.post("http://host:1/predict"');
});

test('long lists are broken into lines', () => {
  const text = snippet('Python', { path: '/p', body: { inputs: Array.from({ length: 40 }, (_, i) => i) } }, at);
  expect(text.split('\n').length).toBeGreaterThan(40);
});
