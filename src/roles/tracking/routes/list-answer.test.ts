import { expect, test } from 'vitest';
import { readPageToken } from '#contract/http/mlflow/page-token.ts';
import { listAnswer } from './list-answer.ts';

/** A list of the numbers from 0, read in slices of at most three. */
async function answered(items: number, limit: number, mostCharacters = 1000) {
  const asked: number[] = [];
  const { body } = await listAnswer({
    field: 'items',
    limit,
    place: undefined,
    query: 'q',
    slice: 3,
    mostCharacters,
    read: async (most, place) => {
      const from = Number(place?.after[0] ?? 0);
      const found = Array.from({ length: Math.min(most, items - from) }, (_, i) => from + i);
      asked.push(found.length);
      const end = from + found.length;
      return { json: found.join(), count: found.length, next: end < items ? { phase: 0, after: [end] } : undefined };
    },
  });
  const text = typeof body === 'string' ? body : Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>)).toString();
  const { items: got, next_page_token } = JSON.parse(text) as { items?: number[]; next_page_token?: string };
  return { got, next: next_page_token && readPageToken(next_page_token, 'q')?.after[0], asked };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

test('a list is the same however many slices it takes, and tells where it goes on', async () => {
  expect(await answered(0, 10)).toEqual({ got: undefined, next: undefined, asked: [0] });
  expect(await answered(2, 10)).toEqual({ got: numbers(2), next: undefined, asked: [2] });
  expect(await answered(3, 3)).toEqual({ got: numbers(3), next: undefined, asked: [3] });
  expect(await answered(10, 2)).toEqual({ got: numbers(2), next: 2, asked: [2] });
  expect(await answered(10, 7)).toEqual({ got: numbers(7), next: 7, asked: [3, 3, 1] });
  expect(await answered(10, Number.POSITIVE_INFINITY)).toEqual({ got: numbers(10), next: undefined, asked: [3, 3, 3, 1] });
});

test('a page that would be too long ends before its limit; a list without a limit goes on', async () => {
  expect(await answered(10, 9, 4)).toEqual({ got: numbers(3), next: 3, asked: [3] });
  expect(await answered(10, 9, 6)).toEqual({ got: numbers(6), next: 6, asked: [3, 3] });
  expect(await answered(10, Number.POSITIVE_INFINITY, 4)).toEqual({ got: numbers(10), next: undefined, asked: [3, 3, 3, 1] });
});
