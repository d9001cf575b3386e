import { describe, expect, test } from 'vitest';
import { EVENT_TYPES, type FeedbackData, type PredictionData } from '#contract/events.ts';
import type { Analytics } from './analytics.ts';
import { chunkBytes } from './event-log.contract.ts';
import type { LogChunk } from './event-log.ts';

/** Noon of 1 January 2026; the events of the suite lie a second apart from there. */
const START = Date.UTC(2026, 0, 1, 12);

/** A prediction event `second` seconds after the start; every field can be replaced. */
export function predictionEvent(second: number, data: Partial<PredictionData> = {}): unknown {
  const id = `p${second}`;
  const full: PredictionData = {
    prediction_id: id,
    request_id: `r${second}`,
    row: 0,
    deployment: 'iris',
    role: 'primary',
    model_name: 'iris-forest',
    model_version: '1',
    features: { width: second, colour: second % 2 === 0 ? 'red' : 'blue', fresh: true, note: null },
    status: 'ok',
    prediction: 'setosa',
    task: 'classification',
    probabilities: { setosa: 0.75, virginica: 0.25 },
    duration_ms: second,
    ...data,
  };
  return event(EVENT_TYPES.prediction, second, full);
}

/** A label for a prediction. */
export function feedbackEvent(second: number, predictionId: string, actual: number | string): unknown {
  const observed_at = new Date(START + second * 1000).toISOString();
  const data: FeedbackData = { prediction_id: predictionId, deployment: 'iris', actual, observed_at, replaced: false };
  return event(EVENT_TYPES.feedback, second, data);
}

function event(type: string, second: number, data: unknown): unknown {
  return { specversion: '1.0', id: `e${second}`, source: 'test', type, time: new Date(START + second * 1000).toISOString(), data };
}

/** Packs events (or raw texts) as a log would give them. */
export function chunkOf(events: readonly unknown[], from = 0, partition = 'log-a'): LogChunk {
  const bytes = chunkBytes(events.map((e) => (typeof e === 'string' ? e : JSON.stringify(e))));
  return { partition, from, to: from + events.length, bytes };
}

/** An index that is closed at the end of a test. */
export interface OpenedAnalytics extends AsyncDisposable {
  readonly analytics: Analytics;
  /** Closes the index and opens it again over the same storage. */
  reopen(): Promise<Analytics>;
}

/** Every adapter of the analytics port behaves like this. `open` gives a fresh, empty index. */
export function analyticsContract(name: string, open: () => Promise<OpenedAnalytics>): void {
  describe(`analytics: ${name}`, () => {
    ingestion(open);
    search(open);
    numbers(open);
    comparison(open);
  });
}

const ids = (items: readonly { prediction_id: string }[]): string[] => items.map((i) => i.prediction_id);

function ingestion(open: () => Promise<OpenedAnalytics>): void {
  test('a prediction comes back with everything that its event said', async () => {
    await using opened = await open();
    const extra = { run_id: 'run', queue_ms: 0.5, batch_size: 4, key: 'k', row: 2 };
    const result = await opened.analytics.ingest(chunkOf([predictionEvent(3, extra)]));
    expect(result).toEqual({ rows: 1, skipped: 0, dead: 0, position: 1 });
    expect(await opened.analytics.get('p3')).toEqual({
      prediction_id: 'p3',
      request_id: 'r3',
      row: 2,
      time: '2026-01-01T12:00:03.000Z',
      deployment: 'iris',
      role: 'primary',
      model_name: 'iris-forest',
      model_version: '1',
      run_id: 'run',
      status: 'ok',
      task: 'classification',
      prediction: 'setosa',
      probabilities: { setosa: 0.75, virginica: 0.25 },
      features: { width: 3, colour: 'blue', fresh: true, note: null },
      duration_ms: 3,
      queue_ms: 0.5,
      batch_size: 4,
      key: 'k',
      paired_with: null,
      error: null,
      actual: null,
      observed_at: null,
    });
  });

  test('a failed row keeps its error and has no prediction', async () => {
    await using opened = await open();
    const error = { code: 'MODEL_FAILED', message: 'no\u0000 luck' };
    const failed = predictionEvent(1, { status: 'error', prediction: null, error, probabilities: undefined as never });
    await opened.analytics.ingest(chunkOf([failed]));
    expect(await opened.analytics.get('p1')).toMatchObject({ status: 'error', prediction: null, error, probabilities: null });
  });

  test('chunks that come twice or overlap are counted once', async () => {
    await using opened = await open();
    const { analytics } = opened;
    const events = [1, 2, 3, 4, 5].map((s) => predictionEvent(s));
    await analytics.ingest(chunkOf(events.slice(0, 3)));
    expect(await analytics.ingest(chunkOf(events.slice(0, 3)))).toEqual({ rows: 0, skipped: 3, dead: 0, position: 3 });
    expect(await analytics.ingest(chunkOf(events.slice(1), 1))).toEqual({ rows: 2, skipped: 2, dead: 0, position: 5 });
    expect(await analytics.count({})).toBe(5);
    expect(await analytics.position('log-a')).toBe(5);
    expect(await analytics.position('another')).toBe(0);
  });

  test('a chunk can be sent again after it was sent', async () => {
    await using opened = await open();
    const chunk = chunkOf([predictionEvent(1)]);
    await opened.analytics.ingest(chunk);
    expect(chunk.bytes.length).toBeGreaterThan(0);
    expect((await opened.analytics.ingest(chunk)).skipped).toBe(1);
  });

  test('every partition has its own cursor', async () => {
    await using opened = await open();
    const { analytics } = opened;
    await analytics.ingest(chunkOf([predictionEvent(1)], 0, 'log-a'));
    await analytics.ingest(chunkOf([predictionEvent(2)], 0, 'log-b'));
    await analytics.ingest(chunkOf([predictionEvent(3)], 7, 'log-b'));
    expect(await analytics.position('log-a')).toBe(1);
    expect(await analytics.position('log-b')).toBe(8);
    expect(await analytics.count({})).toBe(3);
  });

  test('a record that can never be indexed is kept with the reason and stops nothing; other events are passed over', async () => {
    await using opened = await open();
    const { analytics } = opened;
    const bad = [
      '{"no json',
      '[]',
      predictionEvent(1, { row: 'x' as never }),
      { ...(predictionEvent(2) as object), time: 'yesterday' },
      predictionEvent(3, { features: null as never }),
    ];
    const other = { ...(predictionEvent(4) as object), type: 'somebody.else' };
    const result = await analytics.ingest(chunkOf([...bad, other, predictionEvent(5)]));
    expect(result).toEqual({ rows: 1, skipped: 0, dead: 5, position: 7 });
    const letters = await analytics.deadLetters(10);
    expect(letters.map((l) => l.offset).sort()).toEqual([0, 1, 2, 3, 4]);
    for (const letter of letters) expect([letter.partition, letter.reason]).toEqual(['log-a', expect.stringMatching(/\w/)]);
    expect(letters.find((l) => l.offset === 0)?.record).toBe('{"no json');
    expect(await analytics.deadLetters(2)).toHaveLength(2);
  });

  test('a feature may change its type, and a model its features', async () => {
    await using opened = await open();
    const { analytics } = opened;
    const seen = [{ a: 1, b: 2 }, { a: 'one', b: 3 }, { a: true }, { c: 'x', a: null }] as const;
    await analytics.ingest(chunkOf(seen.slice(0, 2).map((features, s) => predictionEvent(s, { features }))));
    const later = seen.slice(2).map((features, s) => predictionEvent(s + 2, { features, model_version: '2' }));
    await analytics.ingest(chunkOf(later, 2));
    for (const [s, features] of seen.entries()) expect((await analytics.get(`p${s}`))?.features).toMatchObject(features);
    const bins = await analytics.histogram({ version: '1' }, 'a', [0, 10]);
    expect(bins).toEqual({ counts: [1], below: 0, above: 0, missing: 1 });
  });

  test('hundreds of features are all kept', async () => {
    await using opened = await open();
    const features = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`pixel ${i}`, i]));
    await opened.analytics.ingest(chunkOf([predictionEvent(1, { features })]));
    expect((await opened.analytics.get('p1'))?.features).toEqual(features);
    expect((await opened.analytics.histogram({}, 'pixel 399', [0, 399, 400])).counts).toEqual([0, 1]);
  });

  test('after opening again everything is there', async () => {
    await using opened = await open();
    await opened.analytics.ingest(chunkOf([predictionEvent(1), feedbackEvent(2, 'p1', 'setosa'), 'bad']));
    const analytics = await opened.reopen();
    expect(await analytics.position('log-a')).toBe(3);
    expect(await analytics.get('p1')).toMatchObject({ actual: 'setosa', features: { width: 1, note: null } });
    await analytics.ingest(chunkOf([predictionEvent(9)], 3));
    expect(await analytics.count({})).toBe(2);
  });

  test('old rows are pruned', async () => {
    await using opened = await open();
    const { analytics } = opened;
    await analytics.ingest(chunkOf([1, 2, 3].map((s) => predictionEvent(s))));
    expect(await analytics.prune(START + 3000)).toBe(2);
    expect(ids((await analytics.list({}, { limit: 10 })).items)).toEqual(['p3']);
    expect(await analytics.position('log-a')).toBe(3);
  });
}

function search(open: () => Promise<OpenedAnalytics>): void {
  test('pages are newest first and a cursor goes on where the page ended, whatever comes in between', async () => {
    await using opened = await open();
    const { analytics } = opened;
    const sameTime = [1, 2, 2, 2, 3, 4].map((s, i) => predictionEvent(s, { prediction_id: `n${i}` }));
    await analytics.ingest(chunkOf(sameTime));
    const first = await analytics.list({}, { limit: 3 });
    expect(ids(first.items)).toEqual(['n5', 'n4', 'n3']);
    await analytics.ingest(chunkOf([predictionEvent(9)], 6));
    const second = await analytics.list({}, { limit: 2, cursor: first.next_cursor! });
    expect(ids(second.items)).toEqual(['n2', 'n1']);
    const third = await analytics.list({}, { limit: 2, cursor: second.next_cursor! });
    expect([ids(third.items), third.next_cursor]).toEqual([['n0'], null]);
  });

  test.each(['', 'x', 'e30', '../../etc', Buffer.from('[1,2]').toString('base64url'), Buffer.from('[1,"nope",3]').toString('base64url')])(
    'the cursor %j is refused',
    async (cursor) => {
      await using opened = await open();
      await expect(opened.analytics.list({}, { limit: 1, cursor })).rejects.toMatchObject({ name: 'ANALYTICS_CURSOR_INVALID' });
    },
  );

  test('filters narrow by every field', async () => {
    await using opened = await open();
    const { analytics } = opened;
    await analytics.ingest(
      chunkOf([
        predictionEvent(1),
        predictionEvent(2, { deployment: 'other' }),
        predictionEvent(3, { role: 'shadow', paired_with: 'p1' }),
        predictionEvent(4, { model_name: 'm' }),
        predictionEvent(5, { model_version: '2' }),
        predictionEvent(6, { status: 'error', prediction: null }),
        predictionEvent(7, { prediction: 2 }),
        predictionEvent(8, { key: "it's" }),
      ]),
    );
    const found = async (filter: Parameters<Analytics['list']>[0]) => ids((await analytics.list(filter, { limit: 20 })).items);
    expect(await found({ deployment: 'other' })).toEqual(['p2']);
    expect(await found({ role: 'shadow' })).toEqual(['p3']);
    expect(await found({ model: 'm' })).toEqual(['p4']);
    expect(await found({ version: '2' })).toEqual(['p5']);
    expect(await found({ status: 'error' })).toEqual(['p6']);
    expect(await found({ label: '2' })).toEqual(['p7']);
    expect(await found({ label: '2.0' })).toEqual(['p7']);
    expect(await found({ fromMs: START + 2000, toMs: START + 4000 })).toEqual(['p3', 'p2']);
    for (const q of ['p8', 'r8', "it's"]) expect(await found({ q })).toEqual(['p8']);
    expect(await found({ q: 'p' })).toEqual([]);
    expect(await found({ q: 'p8', deployment: 'other' })).toEqual([]);
    expect(await analytics.count({ deployment: 'iris', role: 'primary' })).toBe(6);
  });

  test('several predictions are found by id, unknown ones are left out', async () => {
    await using opened = await open();
    await opened.analytics.ingest(chunkOf([1, 2, 3].map((s) => predictionEvent(s))));
    expect(ids(await opened.analytics.getMany(['p1', 'p3', 'nope'])).sort()).toEqual(['p1', 'p3']);
    expect(await opened.analytics.getMany([])).toEqual([]);
    expect(await opened.analytics.get('nope')).toBeUndefined();
  });

  test('a key finds the newest answer, never a shadow', async () => {
    await using opened = await open();
    const { analytics } = opened;
    await analytics.ingest(
      chunkOf([
        predictionEvent(1, { key: 'a' }),
        predictionEvent(2, { key: 'a' }),
        predictionEvent(3, { key: 'a', role: 'shadow', paired_with: 'p2' }),
        predictionEvent(4, { key: 'b', deployment: 'other' }),
        predictionEvent(5, { key: 'c' }),
      ]),
    );
    expect(ids(await analytics.getByKeys('iris', ['a', 'b', 'c'])).sort()).toEqual(['p2', 'p5']);
  });

  test('a row leads to its shadows, and a shadow to its primary and the other shadows', async () => {
    await using opened = await open();
    const { analytics } = opened;
    const shadow = { role: 'shadow', paired_with: 'p1' } as const;
    await analytics.ingest(chunkOf([predictionEvent(1), predictionEvent(2, shadow), predictionEvent(3, shadow), predictionEvent(4)]));
    expect(ids(await analytics.pairsOf('p1')).sort()).toEqual(['p2', 'p3']);
    expect(ids(await analytics.pairsOf('p2')).sort()).toEqual(['p1', 'p3']);
    expect(await analytics.pairsOf('p4')).toEqual([]);
    expect(await analytics.pairsOf('nope')).toEqual([]);
  });

  test('the latest label of a prediction counts, whichever came first', async () => {
    await using opened = await open();
    const { analytics } = opened;
    await analytics.ingest(chunkOf([feedbackEvent(5, 'p1', 'early')]));
    await analytics.ingest(chunkOf([predictionEvent(1), feedbackEvent(6, 'p1', 'a'), feedbackEvent(6, 'p1', 'b')], 1));
    expect(await analytics.get('p1')).toMatchObject({ actual: 'b', observed_at: '2026-01-01T12:00:06.000Z' });
    await analytics.ingest(chunkOf([feedbackEvent(5, 'p1', 'older')], 0, 'log-b'));
    expect((await analytics.get('p1'))?.actual).toBe('b');
    await analytics.ingest(chunkOf([feedbackEvent(8, 'p1', 7)], 4));
    expect((await analytics.get('p1'))?.actual).toBe(7);
  });
}

function numbers(open: () => Promise<OpenedAnalytics>): void {
  const rows = [
    ...[1, 2, 3, 4].map((s) => predictionEvent(s)),
    predictionEvent(61, { prediction: 'virginica', model_version: '2' }),
    predictionEvent(62, { status: 'error', prediction: null, model_version: '2' }),
  ];

  test('figures of nothing are null, not zero', async () => {
    await using opened = await open();
    const times = { mean_ms: null, p50_ms: null, p95_ms: null, p99_ms: null, mean_queue_ms: null };
    const nothing = { count: 0, errors: 0, ...times, mean_batch: null };
    expect(await opened.analytics.summary({})).toEqual(nothing);
    expect(await opened.analytics.groups({}, 'version')).toEqual([]);
    expect(await opened.analytics.series({}, 60_000)).toEqual([]);
    expect(await opened.analytics.quality({})).toEqual([]);
    expect(await opened.analytics.pairs({})).toEqual([]);
    expect(await opened.analytics.histogram({}, 'width', [0, 1])).toEqual({ counts: [0], below: 0, above: 0, missing: 0 });
  });

  test('figures count and time all rows, errors too', async () => {
    await using opened = await open();
    await opened.analytics.ingest(chunkOf(rows));
    const all = await opened.analytics.summary({});
    expect(all).toMatchObject({ count: 6, errors: 1 });
    expect(all.mean_ms).toBeCloseTo(133 / 6, 9);
    expect((await opened.analytics.summary({ version: '1' })).p50_ms).toBeCloseTo(2.5, 1);
  });

  test('rows that ran together count as one call of the engine', async () => {
    await using opened = await open();
    const together = [1, 2].map((s) => predictionEvent(s, { batch_size: 2, queue_ms: 3 }));
    await opened.analytics.ingest(chunkOf([...together, predictionEvent(3, { batch_size: 1, queue_ms: 0 }), predictionEvent(4)]));
    const { mean_batch, mean_queue_ms } = await opened.analytics.summary({});
    expect(mean_batch).toBeCloseTo(1.5, 9);
    expect(mean_queue_ms).toBeCloseTo(2, 9);
  });

  test('groups are told apart by every field', async () => {
    await using opened = await open();
    await opened.analytics.ingest(chunkOf(rows));
    const counts = async (by: Parameters<Analytics['groups']>[1]) =>
      Object.fromEntries((await opened.analytics.groups({}, by)).map((g) => [g.group, g.count]));
    expect(await counts('version')).toEqual({ '1': 4, '2': 2 });
    expect(await counts('status')).toEqual({ ok: 5, error: 1 });
    expect(await counts('label')).toEqual({ setosa: 4, virginica: 1 });
    expect(await counts('role')).toEqual({ primary: 6 });
    expect(await counts('deployment')).toEqual({ iris: 6 });
  });

  test('a series has a point for each bucket that holds rows', async () => {
    await using opened = await open();
    await opened.analytics.ingest(chunkOf(rows));
    const series = await opened.analytics.series({}, 60_000);
    expect(series.map((p) => [p.t, p.group, p.count, p.errors])).toEqual([
      [START, null, 4, 0],
      [START + 60_000, null, 2, 1],
    ]);
    const byVersion = await opened.analytics.series({}, 60_000, 'version');
    expect(byVersion.map((p) => [p.t, p.group, p.count])).toEqual([
      [START, '1', 4],
      [START + 60_000, '2', 2],
    ]);
  });

  test('a histogram counts into half-open bins, with what lies outside and what is missing', async () => {
    await using opened = await open();
    const values = [-1, 0, 0.5, 1, 2, 2.5, 7];
    const events = values.map((width, s) => predictionEvent(s, { features: { width } }));
    await opened.analytics.ingest(chunkOf([...events, predictionEvent(9, { features: { width: null } })]));
    expect(await opened.analytics.histogram({}, 'width', [0, 1, 2, 3])).toEqual({ counts: [2, 1, 2], below: 1, above: 1, missing: 1 });
    expect(await opened.analytics.histogram({}, 'unknown', [0, 1])).toEqual({ counts: [0], below: 0, above: 0, missing: 0 });
  });

  test('a histogram of the prediction takes the answered rows', async () => {
    await using opened = await open();
    const regression = [0.5, 1.5, 9].map((prediction, s) => predictionEvent(s, { task: 'regression', prediction }));
    await opened.analytics.ingest(chunkOf([...regression, predictionEvent(5, { task: 'regression', status: 'error', prediction: null })]));
    expect(await opened.analytics.histogram({}, null, [0, 1, 2])).toEqual({ counts: [1, 1], below: 0, above: 1, missing: 0 });
  });
}

function comparison(open: () => Promise<OpenedAnalytics>): void {
  test('quality counts predicted against actual classes; 1, "1" and "1.0" are one class', async () => {
    await using opened = await open();
    await opened.analytics.ingest(
      chunkOf([
        predictionEvent(1, { prediction: 1 }),
        predictionEvent(2, { prediction: '1' }),
        predictionEvent(3, { prediction: 0 }),
        predictionEvent(64, { prediction: 0, model_version: '2' }),
        predictionEvent(5),
        feedbackEvent(70, 'p1', '1.0'),
        feedbackEvent(71, 'p2', 1),
        feedbackEvent(72, 'p3', 1),
        feedbackEvent(73, 'p64', 0),
      ]),
    );
    const cells = await opened.analytics.quality({});
    expect(cells).toHaveLength(2);
    const [first] = cells.filter((c) => c.version === '1');
    expect(first).toMatchObject({ role: 'primary', t: null, n: 3, sums: null });
    expect([...first!.confusion].sort((a, b) => a.predicted.localeCompare(b.predicted))).toEqual([
      { predicted: '0', actual: '1', count: 1 },
      { predicted: '1', actual: '1', count: 2 },
    ]);
    const windows = await opened.analytics.quality({}, 60_000);
    expect(windows.map((c) => [c.t, c.n])).toEqual([
      [START, 3],
      [START + 60_000, 1],
    ]);
  });

  test('quality of a regression is sums', async () => {
    await using opened = await open();
    const regression = (s: number, prediction: number) => predictionEvent(s, { task: 'regression', prediction });
    await opened.analytics.ingest(chunkOf([regression(1, 3), regression(2, 5), feedbackEvent(3, 'p1', 2), feedbackEvent(4, 'p2', 8)]));
    const [cell] = await opened.analytics.quality({});
    expect(cell).toEqual({ version: '1', role: 'primary', t: null, n: 2, confusion: [], sums: { e: -2, abs: 4, sq: 10, y: 10, yy: 68 } });
  });

  test("a shadow's quality is measured with the label of the row that it shadowed", async () => {
    await using opened = await open();
    const shadow = predictionEvent(2, { role: 'shadow', paired_with: 'p1', model_version: '2', prediction: 'virginica' });
    await opened.analytics.ingest(chunkOf([predictionEvent(1), shadow, feedbackEvent(3, 'p1', 'virginica')]));
    const [cell] = await opened.analytics.quality({ role: 'shadow' });
    expect(cell).toMatchObject({
      version: '2',
      role: 'shadow',
      n: 1,
      confusion: [{ predicted: 'virginica', actual: 'virginica', count: 1 }],
    });
  });

  test('pairs compare the classes of primary and shadow', async () => {
    await using opened = await open();
    const shadow = (s: number, of: string, data: Partial<PredictionData>) =>
      predictionEvent(s, { role: 'shadow', paired_with: of, model_version: '2', ...data });
    await opened.analytics.ingest(
      chunkOf([
        ...[1, 2, 3].map((s) => predictionEvent(s)),
        shadow(4, 'p1', { probabilities: { setosa: 0.5, virginica: 0.5 } }),
        shadow(5, 'p2', { prediction: 'virginica', probabilities: { setosa: 0.25, virginica: 0.75 } }),
        shadow(6, 'p3', { status: 'error', prediction: null }),
        feedbackEvent(7, 'p1', 'setosa'),
        feedbackEvent(8, 'p2', 'virginica'),
      ]),
    );
    const [pair, ...others] = await opened.analytics.pairs({ deployment: 'iris' });
    expect(others).toEqual([]);
    expect(pair).toMatchObject({ shadow_version: '2', primary_version: '1', n: 2, agree: 1, shadow_errors: 1 });
    expect(pair).toMatchObject({ labelled: 2, primary_right: 1, shadow_right: 2, primary_p50_ms: 2, shadow_p50_ms: 5 });
    expect(pair!.mean_abs_difference).toBeCloseTo(0.375, 9);
    expect(pair!.max_abs_difference).toBeCloseTo(0.5, 9);
    expect(pair!.confusion).toEqual([
      { primary: 'setosa', shadow: 'setosa', count: 1 },
      { primary: 'setosa', shadow: 'virginica', count: 1 },
    ]);
  });

  test('pairs compare the numbers of primary and shadow', async () => {
    await using opened = await open();
    const regression = { task: 'regression', probabilities: undefined as never } as const;
    await opened.analytics.ingest(
      chunkOf([
        predictionEvent(1, { ...regression, prediction: 2 }),
        predictionEvent(2, { ...regression, prediction: 4, role: 'shadow', paired_with: 'p1', model_version: '2' }),
        feedbackEvent(3, 'p1', 3.5),
      ]),
    );
    const [pair] = await opened.analytics.pairs({ fromMs: START, toMs: START + 60_000 });
    expect(pair).toMatchObject({
      n: 1,
      agree: 0,
      mean_abs_difference: 2,
      max_abs_difference: 2,
      labelled: 1,
      primary_abs_error: 1.5,
      shadow_abs_error: 0.5,
    });
  });
}
