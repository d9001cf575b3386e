import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriftAnswer, QualityAnswer } from '#contract/http/platform/monitoring.ts';
import type { ModelSchema, ReferenceProfile } from '#contract/model-schema.ts';
import { profileCategories, profileNumbers } from '#stats/profile.ts';
import { dataSet, numbers } from '#test/harness/csv.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { startWatched } from '#test/harness/watched.ts';

type Watched = Awaited<ReturnType<typeof startWatched>>;

const field = (name: string, type: 'double' | 'string' = 'double'): ModelSchema['fields'][number] => ({ name, type, required: true });
const california = await dataSet('california_housing');
const FEATURES = ['MedInc', 'HouseAge', 'AveRooms', 'AveOccup'];
const rows = california.rows.map((_, i) => i);
const columns = new Map([...FEATURES, 'Latitude', 'MedHouseVal'].map((name) => [name, numbers(california, name)]));
const at = (name: string, i: number): number => columns.get(name)![i]!;
const south = rows.filter((i) => at('Latitude', i) < 36.5);
const north = rows.filter((i) => at('Latitude', i) >= 36.5);
const featuresOf = (i: number) => Object.fromEntries(FEATURES.map((name) => [name, at(name, i)]));

const housingProfile: ReferenceProfile = {
  version: 1,
  source: 'south',
  rows: south.length,
  columns: FEATURES.map((name) =>
    profileNumbers(
      name,
      south.map((i) => at(name, i)),
    ),
  ),
  prediction: profileNumbers(
    'prediction',
    south.map((i) => at('MedHouseVal', i)),
  ),
};
const irisProfile: ReferenceProfile = {
  version: 1,
  source: 'iris',
  rows: 300,
  columns: [
    profileNumbers(
      'x',
      Array.from({ length: 300 }, () => 1),
    ),
    profileCategories(
      'c',
      Array.from({ length: 300 }, (_, i) => 'ab'[i % 2]),
    ),
  ],
  prediction: profileCategories(
    'prediction',
    Array.from({ length: 300 }, (_, i) => 'xyz'[i % 3]),
  ),
};

let watched: Watched;
beforeAll(async () => {
  watched = await startWatched([
    {
      name: 'housing',
      schema: { task: 'regression', target: 'v', fields: FEATURES.map((name) => field(name)) },
      profile: housingProfile,
      shadow: true,
    },
    {
      name: 'iris',
      isDefault: true,
      schema: { task: 'classification', target: 'c', fields: [field('x'), field('c', 'string')], classes: ['x', 'y', 'z'] },
      profile: irisProfile,
      shadow: true,
    },
    {
      name: 'flowers',
      schema: { task: 'classification', target: 'c', fields: [field('cm')], classes: ['setosa', 'versicolor', 'virginica'] },
    },
    { name: 'blank', schema: { task: 'regression', target: 'v', fields: [field('x')] } },
  ]);
});
afterAll(() => watched[Symbol.asyncDispose]());

const drift = async (name: string, query = ''): Promise<DriftAnswer> =>
  (await watched.get(`/api/v1/monitors/${name}/drift${query}`)) as unknown as DriftAnswer;

describe('drift', () => {
  test('of the north of California against the south has the known values, and says why', async () => {
    const sample = north.filter((_, i) => i % 2 === 0);
    await watched.predict(
      sample.map((i) => ({
        deployment: 'housing',
        features: featuresOf(i),
        prediction: at('MedHouseVal', i),
        shadow: at('MedHouseVal', i) + 0.1,
      })),
    );
    expect(await watched.events.caughtUp('monitoring', 20_000)).toBe(true);
    const answer = await drift('housing', '?methods=psi,ks,jensen_shannon');
    expect(answer.window.rows).toBe(sample.length);
    expect(answer.reference).toMatchObject({ kind: 'training', source: 'the training rows of housing version 1', rows: south.length });
    const psi = (name: string): number => answer.columns[name]!['psi']!.value!;
    expect(psi('AveOccup')).toBeCloseTo(0.188, 1);
    expect(psi('MedInc')).toBeLessThan(0.02);
    expect(answer.columns['AveOccup']!['psi']).toMatchObject({
      drifted: true,
      threshold: 0.1,
      n_ref: south.length,
      n_cur: sample.length,
      exactness: 'exact',
    });
    expect(answer.columns['MedInc']!['psi']?.drifted).toBe(false);
    expect(answer.columns['AveOccup']!['ks']).toMatchObject({ exactness: 'binned' });
    expect(answer.share_drifted).toBe(0.5);
    expect(answer.flagged.find(({ column }) => column === 'AveOccup')?.sentence).toMatch(
      /^AveOccup: PSI 0\.\d+ \(threshold 0\.1, 4,\d{3} rows against 1\d,\d{3}\): most of it lies in values .+ in the reference\)\.$/u,
    );
    expect(answer.prediction?.detail.current.reduce((a, b) => a + b)).toBe(sample.length);
  });

  test('sees any other value of a column that is constant in the reference, unseen categories and missing values', async () => {
    await watched.predict(
      Array.from({ length: 200 }, (_, i) => ({
        deployment: 'iris',
        features: { x: i % 2 === 0 ? 1 : 2, c: i % 4 === 0 ? 'new' : i % 4 === 1 ? null : 'a' },
        prediction: 'x',
        shadow: 'y',
      })),
    );
    await watched.events.caughtUp('monitoring', 20_000);
    const { columns: scores, details, flagged } = await drift('iris');
    expect(scores['x']!['psi']!.value).toBeGreaterThan(1);
    expect(details['x']).toMatchObject({ constant_in_reference: true, out_of_range: { above: 100, below: 0, share: 0.5 } });
    expect(flagged.find(({ column }) => column === 'x')?.sentence).toContain(
      'it is always 1 in the reference, and other values came in 50 % of the rows',
    );
    expect(details['c']).toMatchObject({ unseen: { count: 50, values: { new: 50 } }, missing: { current: 0.25, flagged: true } });
    expect(flagged.map(({ column }) => column)).toEqual(['x', 'c', 'prediction']);
  });

  test('says how many rows are still missing where there is no reference, and nothing of few rows', async () => {
    await watched.predict([{ deployment: 'blank', features: { x: 1 }, prediction: 1 }]);
    await watched.events.caughtUp('monitoring', 20_000);
    const answer = await drift('blank');
    expect(answer).toMatchObject({ reference: null, collecting: { rows: 1, needed: 2000 }, share_drifted: 0 });
    const csv = `x\n${Array.from({ length: 50 }, (_, i) => 100 + i).join('\n')}\n`;
    const put = await watched.call('PUT', '/api/v1/monitors/blank/reference', csv);
    expect(put).toMatchObject({ status: 200, body: { recounted: 1, columns: ['x'], reference: { kind: 'chosen', rows: 50 } } });
    const after = await drift('blank');
    expect(after.columns['x']!['psi']).toMatchObject({ drifted: false, n_cur: 1, state: 'insufficient_data' });
    await watched.predict(Array.from({ length: 150 }, () => ({ deployment: 'blank', features: { x: 1 }, prediction: 1 })));
    await watched.events.caughtUp('monitoring', 20_000);
    expect((await drift('blank')).columns['x']!['psi']).toMatchObject({ drifted: true, n_cur: 151 });
    const range = { from: '2020-01-01', to: new Date(Date.now() + 1000).toISOString() };
    expect((await watched.call('PUT', '/api/v1/monitors/blank/reference', range)).body).toMatchObject({
      recounted: 151,
      reference: { rows: 151 },
    });
    expect((await drift('blank')).columns['x']!['psi']).toMatchObject({ value: 0, drifted: false });
    expect((await watched.call('DELETE', '/api/v1/monitors/blank/reference')).body).toMatchObject({ reference: null });
  });

  test('may be measured against the version that a run made', async () => {
    const put = (body: unknown) => watched.call('PUT', '/api/v1/monitors/iris/reference', body);
    expect(await put({ run_id: 'run-1' })).toMatchObject({
      status: 200,
      body: { reference: { kind: 'chosen', rows: 300 }, columns: ['x', 'c'] },
    });
    expect(await put({ run_id: 'run-2' })).toMatchObject({ status: 404, body: { code: 'MONITORING_RUN_NOT_FOUND' } });
    expect(await put({ version: '1' })).toMatchObject({ status: 200 });
    await watched.call('DELETE', '/api/v1/monitors/iris/reference');
  });

  test('names the field of a bad request and what is allowed', async () => {
    const answers = await Promise.all(
      ['blank/drift?methods=magic', 'nobody/drift', 'blank/drift?from=yesterday', 'blank/drift?from=1h&to=2h'].map((path) =>
        watched.call('GET', `/api/v1/monitors/${path}`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 400, 400]);
    expect(String(answers[0]!.body['detail'])).toContain('psi, jensen_shannon');
    expect(String(answers[1]!.body['detail'])).toContain('there are: housing, iris, flowers, blank');
    const bad = await watched.call('PUT', '/api/v1/monitors/housing/reference', 'MedInc,HouseAge\n1,2\n');
    expect(bad).toMatchObject({ status: 400 });
    expect(String(bad.body['detail'])).toContain('lacks the columns AveRooms, AveOccup');
  });
});

describe('quality and shadow', () => {
  test('realised quality is what the labels give, for the answers and for the shadow', async () => {
    const { items } = (await watched.get('/api/v1/predictions?deployment=housing&variant=primary&limit=1000')) as unknown as {
      items: { prediction_id: string; prediction: number }[];
    };
    const labels = items.map(({ prediction_id, prediction }, i) => ({ prediction_id, actual: prediction + (i % 2 === 0 ? 0.5 : 0.04) }));
    expect((await watched.call('POST', '/feedback', { items: labels })).body).toMatchObject({ accepted: 1000 });
    const errors = labels.map(({ actual }, i) => items[i]!.prediction - actual);
    const answer = (await watched.get('/api/v1/monitors/housing/quality?by=window')) as unknown as QualityAnswer;
    expect(answer.realised['n']).toBe(1000);
    expect(answer.realised['mae']).toBeCloseTo(errors.reduce((a, e) => a + Math.abs(e), 0) / 1000, 9);
    expect(answer.realised['rmse']).toBeCloseTo(Math.sqrt(errors.reduce((a, e) => a + e * e, 0) / 1000), 9);
    expect(answer.realised['r2']).toBeGreaterThan(0.8);
    expect(answer.coverage).toMatchObject({ labelled: 1000 });
    expect(answer.versions.map(({ version, role }) => `${role} ${version}`).sort()).toEqual(['primary 1', 'shadow 2']);
    expect(answer.series.length).toBeGreaterThan(0);
    const [pair] = (await watched.get('/api/v1/monitors/housing/shadow'))['items'] as unknown as {
      error_gap: Record<string, unknown>;
      sentence: string;
      labelled: number;
    }[];
    expect(pair).toMatchObject({ labelled: 1000, error_gap: { metric: 'mae', significant: true } });
    expect(pair!.sentence).toMatch(/agree on .+ the shadow is better, and that is hardly chance .+ at the 1 % level/u);
  });

  test('accuracy, precision and recall come from the confusion of predicted and actual classes', async () => {
    const { items } = (await watched.get('/api/v1/predictions?deployment=iris&variant=primary&limit=100')) as unknown as {
      items: { prediction_id: string }[];
    };
    await watched.call('POST', '/feedback', {
      items: items.map(({ prediction_id }, i) => ({ prediction_id, actual: i < 80 ? 'x' : 'y' })),
    });
    const answer = (await watched.get('/api/v1/monitors/iris/quality')) as unknown as QualityAnswer;
    expect(answer).toMatchObject({
      task: 'classification',
      average: 'macro',
      realised: { accuracy: 0.8, recall: 0.5, precision: 0.4, n: 100 },
    });
    expect(answer.confusion).toEqual([
      { predicted: 'x', actual: 'x', count: 80 },
      { predicted: 'x', actual: 'y', count: 20 },
    ]);
    const [pair] = (await watched.get('/api/v1/monitors/iris/shadow'))['items'] as unknown as Record<string, unknown>[];
    expect(pair).toMatchObject({
      agreement: 0,
      error_gap: { metric: 'accuracy', primary: 0.8, shadow: 0.2, test: 'McNemar', significant: true },
    });
  });

  test('accuracy is the one that the bundled file gives', async () => {
    const iris = await dataSet('iris');
    const [length, species] = ['petal_length', 'species'].map((name) => iris.header.indexOf(name)) as [number, number];
    const rule = (cm: number): string => (cm < 2.5 ? 'setosa' : cm < 4.9 ? 'versicolor' : 'virginica');
    const answers = iris.rows.map((row) => rule(Number(row[length])));
    const ids = await watched.predict(
      answers.map((prediction, i) => ({ deployment: 'flowers', features: { cm: Number(iris.rows[i]![length]) }, prediction })),
    );
    const items = ids.map((prediction_id, i) => ({ prediction_id, actual: iris.rows[i]![species] }));
    expect((await watched.call('POST', '/feedback', { items })).body).toMatchObject({ accepted: 150, unknown: [], warnings: [] });
    const right = answers.filter((answer, i) => answer === iris.rows[i]![species]).length;
    const answer = (await watched.get('/api/v1/monitors/flowers/quality')) as unknown as QualityAnswer;
    expect(answer.realised).toMatchObject({ accuracy: right / 150, n: 150 });
    expect(answer.coverage).toEqual({ labelled: 150, predictions: 150, share: 1 });
  });

  test('a line per deployment and gauges sum it up', async () => {
    const { items } = (await watched.get('/api/v1/monitors')) as unknown as { items: Record<string, unknown>[] };
    expect(items.map((item) => item['deployment'])).toEqual(['housing', 'iris', 'flowers', 'blank']);
    expect(items[1]).toMatchObject({
      quality: { metric: 'accuracy', value: 0.8, n: 100 },
      drift: { n: 200 },
      shadow: { version: '2', agreement: 0 },
    });
    await waitFor('the gauges', () => {
      const text = watched.metrics.render();
      return (
        /model_accuracy\{deployment="iris",model="iris",version="1"\} 0\.8/u.test(text) &&
        text.includes('feature_drift_psi{deployment="housing",feature="AveOccup"}')
      );
    });
  });
});
