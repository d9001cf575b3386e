import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWatched } from '#test/harness/watched.ts';

type Watched = Awaited<ReturnType<typeof startWatched>>;
type Items = { readonly items: readonly Record<string, unknown>[]; readonly next_cursor: string | null };

const T0 = Date.parse('2026-03-01T12:00:00Z');
const schema = {
  task: 'classification',
  target: 'y',
  fields: [{ name: 'a', type: 'double', required: true }],
  classes: ['x', 'y'],
} as const;

let watched: Watched;
let ids: string[];
beforeAll(async () => {
  watched = await startWatched([
    { name: 'iris', isDefault: true, shadow: true, schema: { ...schema, fields: [...schema.fields], classes: [...schema.classes] } },
    { name: 'housing', schema: { task: 'regression', target: 'v', fields: [] } },
  ]);
  ids = await watched.predict([
    { deployment: 'iris', features: { a: 1, 'odd,"name"': '=1+1' }, prediction: 'x', shadow: 'y', key: 'order-1', atMs: T0 },
    { deployment: 'iris', features: { a: 2 }, prediction: 'y', atMs: T0 + 60_000 },
    { deployment: 'iris', features: { a: 3 }, prediction: null, atMs: T0 + 61_000 },
    { deployment: 'housing', features: { b: 1 }, prediction: 2.5, atMs: T0 + 180_000 },
  ]);
  await watched.events.indexed(20_000);
});
afterAll(() => watched[Symbol.asyncDispose]());

const list = async (query: string): Promise<Items> => (await watched.get(`/api/v1/predictions?${query}`)) as unknown as Items;
const idsOf = ({ items }: Items): unknown[] => items.map((item) => item['prediction_id']);

describe('questions about predictions', () => {
  test('come newest first, page by page, and filtered', async () => {
    expect(idsOf(await list('variant=primary'))).toEqual(ids.toReversed());
    const first = await list('variant=primary&limit=3');
    expect(idsOf(await list(`variant=primary&limit=3&cursor=${first.next_cursor}`))).toEqual([ids[0]]);
    expect(idsOf(await list('deployment=housing'))).toEqual([ids[3]]);
    expect(idsOf(await list('status=error'))).toEqual([ids[2]]);
    expect(idsOf(await list('label=y&variant=primary'))).toEqual([ids[1]]);
    expect(idsOf(await list('q=order-1'))).toEqual([ids[0]]);
    expect(idsOf(await list(`from=2026-03-01T12:01:00Z&to=${encodeURIComponent('2026-03-01T13:01:01+01:00')}`))).toEqual([ids[1]]);
    expect((await list('variant=shadow')).items).toMatchObject([
      { paired_with: ids[0], model_version: '2', time: '2026-03-01T12:00:00.000Z' },
    ]);
    expect(await watched.get('/api/v1/predictions/count?deployment=iris&variant=primary')).toEqual({ count: 3 });
  });

  test('are summed up as figures, groups and series', async () => {
    expect(await watched.get('/api/v1/predictions/summary?deployment=iris')).toMatchObject({ count: 4, errors: 1, p50_ms: 1 });
    const { items } = (await watched.get('/api/v1/predictions/groups?by=role&deployment=iris')) as unknown as Items;
    expect(items.map(({ group, count }) => [group, count]).sort()).toEqual([
      ['primary', 3],
      ['shadow', 1],
    ]);
    const series = await watched.get(
      '/api/v1/predictions/series?from=2026-03-01T12:00:00Z&to=2026-03-01T13:00:00Z&variant=primary&by=deployment',
    );
    expect(series).toMatchObject({ bucket_ms: 30_000, from: '2026-03-01T12:00:00.000Z' });
    expect((series['points'] as unknown as Record<string, unknown>[]).map(({ t, group, count }) => [t, group, count])).toEqual([
      ['2026-03-01T12:00:00.000Z', 'iris', 1],
      ['2026-03-01T12:01:00.000Z', 'iris', 2],
      ['2026-03-01T12:03:00.000Z', 'housing', 1],
    ]);
  });

  test('refuse what they do not understand and say what they would', async () => {
    const paths = [
      '?status=fine',
      '?limit=1001',
      '?from=soon',
      '?from=2026-03-02&to=2026-03-01',
      '?cursor=nonsense',
      '/groups',
      '/series?bucket=0.1s',
      '/series?from=2026-01-01&to=2026-03-01&bucket=1s',
    ];
    const answers = await Promise.all(paths.map((path) => watched.call('GET', `/api/v1/predictions${path}`)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 400));
    expect(answers.map(({ body }) => String(body['detail']))).toEqual([
      expect.stringMatching(/status: .*"ok"\|"error"/u),
      expect.stringMatching(/limit: .*1000/u),
      expect.stringMatching(/from: 'soon' is not a time/u),
      expect.stringMatching(/must be before/u),
      expect.any(String),
      expect.stringMatching(/by: /u),
      expect.stringMatching(/bucket: .*10s/u),
      expect.stringMatching(/bucket: the range has/u),
    ]);
  });

  test('show one prediction with its pair and its label, also right after it was made', async () => {
    await watched.call('POST', '/feedback', { key: 'order-1', actual: 'y', observed_at: '2026-03-02T00:00:00Z' });
    await watched.events.indexed(20_000);
    expect(await watched.get(`/api/v1/predictions/${ids[0]}`)).toMatchObject({
      prediction_id: ids[0],
      lineage: { model_name: 'iris', model_version: '1', run: null },
      pairs: [{ role: 'shadow', prediction: 'y', actual: 'y' }],
      feedback: { actual: 'y', observed_at: '2026-03-02T00:00:00.000Z', correct: false },
    });
    const [fresh] = await watched.predict([{ deployment: 'housing', features: {}, prediction: 1 }]);
    expect(await watched.get(`/api/v1/predictions/${fresh}`)).toMatchObject({ prediction: 1, feedback: null });
    expect(await watched.call('GET', '/api/v1/predictions/nobody')).toMatchObject({
      status: 404,
      body: { code: 'EVENTS_PREDICTION_NOT_FOUND' },
    });
  });

  test('give the newest answers in short', async () => {
    const { predictions } = (await watched.get('/predictions/recent?limit=2')) as unknown as { predictions: Record<string, unknown>[] };
    expect(predictions).toHaveLength(2);
    expect(Object.keys(predictions[0]!)).toEqual(['id', 'timestamp', 'input_features', 'prediction', 'model_version', 'response_time_ms']);
    expect(predictions[0]).toMatchObject({ model_version: 'housing_v1' });
  });

  test('are exported as JSON lines and as CSV that no spreadsheet runs', async () => {
    const jsonl = await (await fetch(`${watched.url}/api/v1/predictions/export?deployment=iris&variant=primary`)).text();
    expect(
      jsonl
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { prediction_id: string }).prediction_id),
    ).toEqual(ids.slice(0, 3).toReversed());
    const response = await fetch(`${watched.url}/api/v1/predictions/export?format=csv&q=order-1`);
    expect(response.headers.get('content-disposition')).toContain('predictions.csv');
    const [header, row] = (await response.text()).split('\r\n');
    expect(header).toContain('feature.a,"feature.odd,""name"""');
    expect(row).toMatch(/,1,'=1\+1$/u);
  });
});

describe('feedback over HTTP', () => {
  test('judges each item by itself', async () => {
    const items = [
      { prediction_id: ids[1], actual: 'y' },
      { prediction_id: ids[1], actual: 'x' },
      { prediction_id: 'nobody', actual: 'x' },
      { prediction_id: ids[3], actual: 'much' },
      {},
    ];
    const answer = await watched.call('POST', '/api/v1/feedback', { items });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 1, replaced: 1, unknown: ['nobody'], invalid: [{ index: 3 }, { index: 4 }] });
  });

  test('never fails for a bad body', async () => {
    const bodies: unknown[] = [
      {},
      { actual: 1 },
      { prediction_id: 'x' },
      { items: 'many' },
      { items: [1, null, []] },
      [],
      { prediction_id: { a: 1 }, actual: [] },
    ];
    const answers = await Promise.all(bodies.map((body) => watched.call('POST', '/feedback', body)));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 200, 400, 200]);
    expect(answers[4]?.body['invalid']).toHaveLength(3);
    expect(String(answers[1]?.body['detail'])).toContain('prediction_id: is required');
  });
});
