import { expect, test } from 'vitest';
import { type Answer, Idempotency } from './idempotency.ts';

const body = (text: string) => Buffer.from(text);
const ok = (text: string): Answer => ({ status: 200, headers: {}, body: text });

test('a repeated request gets the first answer and runs once, also while the first is under way', async () => {
  const keys = new Idempotency({ entries: 10, bytes: 10_000 });
  let runs = 0;
  const first = Promise.withResolvers<Answer>();
  const ask = () =>
    keys.once({ key: 'k', scope: '/predict', body: body('a') }, () => (runs++ === 0 ? first.promise : Promise.resolve(ok('again'))));
  const asked = [ask(), ask(), ask()];
  first.resolve(ok('one'));
  expect((await Promise.all(asked)).map((a) => a.body)).toEqual(['one', 'one', 'one']);
  expect(await ask()).toMatchObject({ body: 'one', headers: { 'idempotent-replayed': 'true' } });
  expect(runs).toBe(1);
});

test('a key belongs to one body and one path', async () => {
  const keys = new Idempotency({ entries: 10, bytes: 10_000 });
  const ask = (scope: string, text: string) => keys.once({ key: 'k', scope, body: body(text) }, async () => ok(text));
  expect((await ask('/a', 'x')).body).toBe('x');
  await expect(ask('/a', 'y')).rejects.toMatchObject({ spec: { code: 'IDEMPOTENCY_KEY_REUSED', status: 422 } });
  expect((await ask('/b', 'y')).body).toBe('y');
  await expect(keys.once({ key: '', scope: '/', body: body('') }, async () => ok(''))).rejects.toMatchObject({ spec: { status: 400 } });
});

test('a failure is not kept: a retry may do better', async () => {
  const keys = new Idempotency({ entries: 10, bytes: 10_000 });
  const ask = (work: () => Promise<Answer>) => keys.once({ key: 'k', scope: '/', body: body('x') }, work);
  await expect(ask(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect((await ask(async () => ({ status: 422, headers: {}, body: 'bad' }))).status).toBe(422);
  expect((await ask(async () => ok('good'))).body).toBe('good');
});

test('memory is bounded by entries and by bytes; the oldest go first', async () => {
  const keys = new Idempotency({ entries: 3, bytes: 2_000 });
  let runs = 0;
  const ask = (key: string, size = 1) =>
    keys.once({ key, scope: '/', body: body(key) }, async () => {
      runs++;
      return ok('x'.repeat(size));
    });
  for (const key of ['a', 'b', 'c', 'd']) await ask(key);
  await ask('d');
  expect(runs).toBe(4);
  await ask('a');
  expect(runs).toBe(5);
  await ask('large', 1_700);
  await ask('d');
  expect(runs).toBe(7);
});
