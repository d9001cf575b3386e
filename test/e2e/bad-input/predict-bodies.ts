import { expect, test } from 'vitest';
import { type Answer, type Ask, ask, expectProblem, metric, type Refusal } from '../answers.ts';

const GOOD = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
const FIELDS = Object.keys(GOOD);
const INVALID = { status: 422, code: 'PREDICTION_INPUT_INVALID' };
const NOT_JSON = { status: 400, code: 'BODY_NOT_JSON' };

interface Case extends Ask {
  readonly name: string;
  readonly refused: Refusal;
}

/** A row with one field changed. */
const withField = (field: string, value: unknown): object => ({ ...GOOD, [field]: value });
/** The same as text, for values that JSON.stringify would not write. */
const withText = (field: string, text: string): string => JSON.stringify(withField(field, '@')).replace('"@"', text);
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const VALUES: readonly Case[] = [
  { name: 'a missing field', body: { ...GOOD, petal_width: undefined }, refused: { ...INVALID, names: ['petal_width: is required'] } },
  { name: 'all fields missing', body: {}, refused: { ...INVALID, fields: FIELDS } },
  { name: 'an unknown field', body: withField('petal', 1), refused: { ...INVALID, names: ['petal: is not a field', 'petal_length'] } },
  { name: 'text for a number', body: withField('petal_width', '0.2'), refused: { ...INVALID, names: ['petal_width', '"0.2"'] } },
  { name: 'true for a number', body: withField('petal_width', true), refused: { ...INVALID, names: ['petal_width', 'true'] } },
  { name: 'null for a required number', body: withField('petal_width', null), refused: { ...INVALID, names: ['petal_width', 'null'] } },
  {
    name: 'a number below its range',
    body: withField('petal_width', -1),
    refused: { ...INVALID, names: ['petal_width', 'greater than 0'] },
  },
  { name: 'a number above its range', body: withField('petal_width', 31), refused: { ...INVALID, names: ['petal_width', 'at most 30'] } },
  { name: 'a list for a number', body: withField('petal_width', [1]), refused: { ...INVALID, names: ['petal_width', 'a list'] } },
  {
    name: 'an object for a number',
    body: withField('petal_width', { a: 1 }),
    refused: { ...INVALID, names: ['petal_width', 'an object'] },
  },
  { name: 'NaN as a bare token', body: withText('petal_width', 'NaN'), refused: { ...NOT_JSON, names: ['N'] } },
  { name: 'Infinity as a bare token', body: withText('petal_width', '-Infinity'), refused: NOT_JSON },
  { name: 'NaN as text', body: withField('petal_width', 'NaN'), refused: { ...INVALID, names: ['petal_width', 'NaN'] } },
  { name: 'Infinity as text', body: withField('petal_width', 'Infinity'), refused: { ...INVALID, names: ['petal_width'] } },
  { name: 'a number beyond double', body: withText('petal_width', '1e999'), refused: { ...INVALID, names: ['petal_width', 'finite'] } },
  {
    name: 'a number beyond double in a list',
    body: '{"features":[1,2,3,-1e999]}',
    refused: { ...INVALID, names: ['petal_width', 'finite'] },
  },
];

const SHAPES: readonly Case[] = [
  { name: 'no body', method: 'POST', refused: { ...INVALID, names: ['empty'] } },
  { name: 'null', body: 'null', refused: { ...INVALID, names: ['null'] } },
  { name: 'a number', body: '5', refused: { ...INVALID, names: ['5'] } },
  { name: 'an empty list', body: [], refused: { ...INVALID, names: ['at least one row'] } },
  { name: 'features that are null', body: { features: null }, refused: { ...INVALID, names: ['features'] } },
  { name: 'features that are text', body: { features: '1,2,3,4' }, refused: { ...INVALID, names: ['features'] } },
  { name: 'features that are empty', body: { features: [] }, refused: { ...INVALID, names: ['features', 'exactly 4', 'not 0'] } },
  { name: 'too few values', body: { features: [1, 2, 3] }, refused: { ...INVALID, names: ['features', 'exactly 4', 'not 3'] } },
  { name: 'too many values', body: [1, 2, 3, 4, 5], refused: { ...INVALID, names: ['features', 'exactly 4', 'not 5'] } },
  {
    name: 'features beside named fields',
    body: { features: [1, 2, 3, 4], petal_width: 1 },
    refused: { ...INVALID, names: ['petal_width'] },
  },
  { name: 'a field and its alias', body: { ...GOOD, PetalWidthCm: 1 }, refused: { ...INVALID, names: ['PetalWidthCm', 'petal_width'] } },
  { name: 'lists and numbers mixed', body: [[1, 2, 3, 4], 5], refused: { ...INVALID, fields: ['[1]'] } },
  {
    name: 'a wrong value in the second row',
    body: [GOOD, withField('petal_width', 'x')],
    refused: { ...INVALID, names: ['row 1', 'petal_width'] },
  },
  {
    name: 'too many rows',
    body: new Array(10_001).fill([1, 1, 1, 1]),
    refused: { status: 413, code: 'PREDICTION_TOO_MANY_ROWS', names: ['10001', '10000'] },
  },
  { name: 'an empty key', body: withField('key', ''), refused: { ...INVALID, fields: ['key'] } },
  { name: 'a key that is an object', body: withField('key', {}), refused: { ...INVALID, fields: ['key'] } },
  { name: 'a key of 300 characters', body: withField('key', 'k'.repeat(300)), refused: { ...INVALID, fields: ['key'] } },
];

const BYTES: readonly Case[] = [
  { name: 'text that is no JSON', body: 'sepal_length=5.1', refused: { ...NOT_JSON, names: ['JSON'] } },
  { name: 'JSON that breaks off', body: '{"features":[1,2', refused: NOT_JSON },
  { name: 'broken UTF-8', body: Buffer.from('{"features":[1,2,3,"\xff\xfe"]}', 'latin1'), refused: { ...NOT_JSON, names: ['UTF-8'] } },
  { name: 'UTF-16', body: Buffer.from('{"features":[1,2,3,4]}', 'utf16le'), refused: NOT_JSON },
  {
    name: 'a wrong content type',
    body: GOOD,
    headers: { 'content-type': 'text/csv' },
    refused: { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED', names: ['text/csv', 'application/json'] },
  },
  {
    name: 'a content type that is none',
    body: GOOD,
    headers: { 'content-type': 'foo bar' },
    refused: { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' },
  },
  {
    name: 'a body of 10 MB',
    body: `{"features":[${'1.5,'.repeat(2_500_000)}1]}`,
    refused: { status: 413, code: 'BODY_TOO_LARGE', names: ['8388608'] },
  },
  { name: 'a body nested 10,000 levels deep', body: nested(10_000), refused: { status: 400, code: 'BODY_TOO_DEEP', names: ['100'] } },
  { name: 'features nested 400 levels deep', body: `{"features":${nested(400)}}`, refused: { ...INVALID, names: ['features'] } },
  {
    name: 'objects nested 10,000 levels deep',
    body: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    refused: { status: 400, code: 'BODY_TOO_DEEP' },
  },
  {
    name: '100,000 unknown fields',
    body: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`f${i}`, 1])),
    refused: { ...INVALID, names: ['f0', 'many more'] },
  },
  {
    name: '40,000 wrong values',
    body: new Array(10_000).fill(['a', 'b', 'c', 'd']),
    refused: { ...INVALID, names: ['row 0, sepal_length', 'many more'] },
  },
  { name: 'a field name of 1 MB', body: { ['n'.repeat(1_000_000)]: 1 }, refused: { ...INVALID, names: ['nnn…'] } },
  { name: 'a text of 1 MB for a row', body: JSON.stringify('t'.repeat(1_000_000)), refused: { ...INVALID, names: ['ttt…'] } },
  {
    name: 'a text of 1 MB for a number',
    body: withField('petal_width', 't'.repeat(1_000_000)),
    refused: { ...INVALID, names: ['petal_width'] },
  },
];

const PROTOTYPES: readonly Case[] = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((key) => ({
  name: `a field called ${key}`,
  body: withText('@@', '1').replace('@@', key),
  refused: { ...INVALID, names: [`${key}: is not a field`] },
}));

/** Every refusal: right status and form, the mistake named, nothing leaked, counted once, and nothing recorded. */
export function predictBodies(at: () => string): void {
  for (const { name, refused, ...sent } of [...VALUES, ...SHAPES, ...BYTES, ...PROTOTYPES]) {
    test(`${name}: ${refused.status}`, async () => {
      const [errors, requests, rows] = await counters(at());
      expectProblem(await ask(`${at()}/predict`, sent), refused);
      expect(await counters(at())).toEqual([(errors as number) + 1, (requests as number) + 1, rows]);
    });
  }

  test('a __proto__ of fields is no row', async () => {
    const body = `{"__proto__":${JSON.stringify(GOOD)}}`;
    expectProblem(await ask(`${at()}/predict`, { body }), { ...INVALID, names: ['__proto__', 'sepal_length: is required'] });
    expect(({} as Record<string, unknown>)['sepal_length']).toBeUndefined();
  });

  test('what only looks wrong is answered: no content type, a charset, a UTF-8 key, a numeric key, blanks, aliases', async () => {
    const predict = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> => ask(`${at()}/predict`, { body, headers });
    const { sepal_length, ...rest } = GOOD;
    const answers = await Promise.all([
      predict(Buffer.from(JSON.stringify(GOOD))),
      predict(GOOD, { 'content-type': 'application/json; charset=utf-8' }),
      predict(withField('key', 'Bestellung №7 🚂')),
      predict(withField('key', 7)),
      predict(` \n${JSON.stringify(GOOD)}\n `),
      predict({ ...rest, SepalLengthCm: sepal_length }),
      predict({ features: GOOD, key: 'wrapped' }),
    ]);
    expect(answers.map((a) => a.status)).toEqual(new Array(7).fill(200));
  });

  test('an unknown deployment: 404', async () => {
    const unknown = await ask(`${at()}/deployments/nope/predict`, { body: GOOD });
    expectProblem(unknown, { status: 404, code: 'DEPLOYMENT_NOT_FOUND', names: ['nope', 'iris'] });
    expectProblem(await ask(`${at()}/deployments/%E0%A4%A/predict`, { body: GOOD }), { status: 404, code: 'DEPLOYMENT_NOT_FOUND' });
    expectProblem(await ask(`${at()}/deployments/__proto__/predict`, { body: GOOD }), { status: 404, code: 'DEPLOYMENT_NOT_FOUND' });
  });

  test('ids of requests that could break a log or a header are not taken', async () => {
    const answer = await ask(`${at()}/predict`, { body: GOOD, headers: { 'x-request-id': 'a b"<script>' } });
    expect(answer.headers.get('x-request-id')).not.toContain('script');
    expect((await ask(`${at()}/predict`, { body: GOOD, headers: { 'x-request-id': 'mine-1' } })).headers.get('x-request-id')).toBe(
      'mine-1',
    );
  });
}

async function counters(url: string): Promise<number[]> {
  const names = ['prediction_errors_total', 'prediction_requests_total', 'predictions_total'];
  return Promise.all(names.map((name) => metric(url, name)));
}
