import { expect, test } from 'vitest';
import type { Deployment } from '@/lib/api/deployments.ts';
import { concernsOf } from './attention.ts';

const variant: Deployment['variants'][number] = {
  name: 'primary',
  role: 'primary',
  model: 'models:/iris@production',
  model_name: 'iris',
  version: '1',
  desired_version: '1',
  run_id: null,
  state: 'ready',
  loaded_at: null,
};
const iris: Deployment = { name: 'iris', is_default: true, variants: [variant], schema: null, takes: null, created_at: '', updated_at: '' };
const figures = { group: 'iris', count: 1000, errors: 0, mean_ms: 1, p50_ms: 1, p95_ms: 1, p99_ms: 1, mean_batch: 1, mean_queue_ms: 0 };
const calm = { deployments: [iris], figures: new Map([['iris', figures]]), monitors: new Map(), status: undefined };

test('a healthy deployment needs no attention', () => {
  expect(concernsOf(calm)).toEqual([]);
});

test('failures are told in numbers, the worst first', () => {
  const broken = { ...iris, name: 'housing', variants: [{ ...variant, version: null, state: 'failed' as const, error: 'no such file' }] };
  const concerns = concernsOf({ ...calm, deployments: [iris, broken], figures: new Map([['iris', { ...figures, errors: 3 }]]) });
  expect(concerns.map(({ tone, text }) => [tone, text])).toEqual([
    ['bad', 'housing: the primary models:/iris@production could not be loaded: no such file'],
    ['warn', 'iris: 3 of 1,000 rows failed (0.3 %)'],
  ]);
});

test('a version that cannot be loaded is named together with the one that still answers', () => {
  const stuck = { ...iris, variants: [{ ...variant, desired_version: '2', error: 'bad graph' }] };
  expect(concernsOf({ ...calm, deployments: [stuck] })[0]?.text).toBe(
    'iris: version 2 of the primary could not be loaded, version 1 still answers: bad graph',
  );
});

test('a component that is down is broken, one that starts is not', () => {
  const component = { name: 'event index', kind: 'sink', state: 'down' as const, detail: 'disk full' };
  const status = {
    version: '0',
    ready: true,
    roles: [],
    components: [component, { ...component, name: 'other', state: 'starting' as const }],
  };
  expect(concernsOf({ ...calm, status }).map(({ text }) => text)).toEqual(['event index is down: disk full']);
});
