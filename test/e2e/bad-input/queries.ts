import { expect, test } from 'vitest';
import { ask, expectDiscreet, expectProblem } from '../answers.ts';

const REFUSED: readonly [query: string, names: string][] = [
  ['limit=0', 'limit'],
  ['limit=-5', 'limit'],
  ['limit=1001', 'limit'],
  ['limit=ten', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=NaN', 'limit'],
  ['limit=Infinity', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['from=yesterday', 'from'],
  ['from=2026-13-45', 'from'],
  ['from=99999999999d', 'from'],
  ['to=99999999999999999', 'to'],
  ['to=-271821-04-20T00:00:00Z', 'to'],
  ['from=NaN', 'from'],
  ['status=maybe', 'status'],
  ['variant=king', 'variant'],
  ['deployment=a&deployment=b', 'deployment'],
];

const cursorOf = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');

/** GET /api/v1/predictions and its kin with queries that no program would write. */
export function queries(at: () => string): void {
  for (const [query, field] of REFUSED) {
    test(`${query}: 400`, async () =>
      void expectProblem(await ask(`${at()}/api/v1/predictions?${query}`), { status: 400, code: 'INPUT_INVALID', names: [field] }));
  }

  test('cursors that this server did not give: 400', async () => {
    const garbage = [
      'x',
      '%00',
      '*',
      'null',
      cursorOf(null),
      cursorOf([1, 2, 3]),
      cursorOf([1e300, 'p', 0]),
      cursorOf([0, 'p', 1.5]),
      'A'.repeat(4000),
    ];
    for (const cursor of garbage) {
      const answer = await ask(`${at()}/api/v1/predictions?cursor=${cursor}`);
      expectProblem(answer, { status: 400, code: 'ANALYTICS_CURSOR_INVALID', names: ['cursor'] });
    }
  });

  test('a range that ends before it begins: 400', async () => {
    const answer = await ask(`${at()}/api/v1/predictions?from=2026-01-02&to=2026-01-01`);
    expectProblem(answer, { status: 400, code: 'EVENTS_RANGE_INVALID', names: ['from'] });
  });

  test('texts that try to leave the query find nothing and harm nothing', async () => {
    for (const text of ["' OR 1=1 --", '%', '\u0000', '\ud83d', '"; drop table predictions; --', 'x'.repeat(5000)]) {
      for (const field of ['q', 'deployment', 'model', 'version', 'label']) {
        const answer = await ask(`${at()}/api/v1/predictions/count?${field}=${encodeURIComponent(text.isWellFormed() ? text : '\ufffd')}`);
        expectDiscreet(answer);
        expect(answer.json).toEqual({ count: 0 });
      }
    }
  });

  test('ranges of all times are answered or refused, never failed', async () => {
    for (const range of ['from=0001-01-01', 'to=9999-12-31', 'from=0001-01-01&to=9999-12-31', 'from=100000000000']) {
      for (const path of [
        'predictions',
        'predictions/count',
        'predictions/summary',
        'predictions/series',
        'predictions/groups',
        'monitors/iris/drift',
        'monitors/iris/quality',
      ])
        expectDiscreet(await ask(`${at()}/api/v1/${path}?${range}&by=label`));
    }
    const answer = await ask(`${at()}/api/v1/predictions/series?from=2020-01-01&bucket=1s`);
    expectProblem(answer, { status: 400, code: 'EVENTS_BUCKETS_TOO_MANY', names: ['bucket'] });
    expectDiscreet(await ask(`${at()}/api/v1/predictions/series?bucket=99999999999999999999d`));
    expectDiscreet(await ask(`${at()}/api/v1/predictions/series?bucket=0s`));
  });

  test('an unknown prediction: 404', async () => {
    const answer = await ask(`${at()}/api/v1/predictions/nope`);
    expectProblem(answer, { status: 404, code: 'EVENTS_PREDICTION_NOT_FOUND', names: ['nope'] });
  });
}
