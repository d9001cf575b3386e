import { expect, test } from 'vitest';
import { addedUp, Metrics, type MetricsSnapshot } from './metrics.ts';

const lines = (metrics: Metrics, open = false): string[] => metrics.render(open).trimEnd().split('\n');

test('a metric without labels is on the page from the start', () => {
  const metrics = new Metrics();
  metrics.counter({ name: 'a_total', type: 'counter', help: 'A.' });
  expect(lines(metrics)).toEqual(['# HELP a_total A.', '# TYPE a_total counter', 'a_total 0']);
});

test('labels and helps are escaped', () => {
  const metrics = new Metrics();
  metrics.gauge({ name: 'g', type: 'gauge', help: 'a\\b\nc', labels: ['l'] }).set(1, { l: 'x"y\\z\n' });
  expect(lines(metrics)).toEqual(['# HELP g a\\\\b\\nc', '# TYPE g gauge', 'g{l="x\\"y\\\\z\\n"} 1']);
});

test('buckets add up, and a value on a bound belongs below it', () => {
  const metrics = new Metrics();
  const histogram = metrics.histogram({ name: 'h', type: 'histogram', help: 'H.', buckets: [1, 2] });
  for (const value of [0.5, 1, 1.5, 2, 3]) histogram.observe(value);
  expect(lines(metrics).slice(2)).toEqual(['h_bucket{le="1"} 2', 'h_bucket{le="2"} 4', 'h_bucket{le="+Inf"} 5', 'h_sum 8', 'h_count 5']);
});

test('numbers that are none are written as Prometheus reads them', () => {
  const metrics = new Metrics();
  const gauge = metrics.gauge({ name: 'g', type: 'gauge', help: 'G.' });
  const shown = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21].map((value) => {
    gauge.set(value);
    return lines(metrics).at(-1);
  });
  expect(shown).toEqual(['g NaN', 'g +Inf', 'g -Inf', 'g 1e+21']);
});

test('callers cannot grow memory: further label sets share one', () => {
  const metrics = new Metrics();
  const counter = metrics.counter({ name: 'c_total', type: 'counter', help: 'C.', labels: ['who'] });
  for (let i = 0; i < 5000; i++) counter.inc(1, { who: `caller ${i}` });
  expect(lines(metrics).length).toBeLessThan(1010);
  expect(counter.get({ who: 'other' })).toBe(4000);
});

test('the same metric asked for twice is one, a shared cell has two names, and a removed series is gone', () => {
  const metrics = new Metrics();
  const spec = { name: 'c_total', type: 'counter', help: 'C.', labels: ['v'] } as const;
  metrics.counter(spec).inc(2, { v: '1' });
  metrics.counter(spec).inc(3, { v: '1' });
  metrics.share({ ...spec, name: 'd_total' }, { v: '1' }, metrics.counter(spec).at({ v: '1' }));
  expect(lines(metrics)).toEqual(expect.arrayContaining(['c_total{v="1"} 5', 'd_total{v="1"} 5']));
  metrics.remove('c_total', { v: '1' });
  expect(lines(metrics)).not.toContain('c_total{v="1"} 5');
});

test('OpenMetrics names counters without _total in their metadata, and ends with EOF', () => {
  const metrics = new Metrics();
  metrics.counter({ name: 'a_total', type: 'counter', help: 'A.' }).inc();
  expect(lines(metrics, true)).toEqual(['# HELP a A.', '# TYPE a counter', 'a_total 1', '# EOF']);
});

test('a bucket shows the newest observation that has a name, to readers of OpenMetrics only, whichever process saw it', () => {
  const spec = { name: 'h', type: 'histogram', help: 'H.', buckets: [1, 2] } as const;
  const [here, there] = [new Metrics(), new Metrics()];
  here.histogram(spec).at({}).observeAs(0.5, 'old', 1000);
  here.histogram(spec).at({}).observeAs(1.5, 'mine', 3000);
  there.histogram(spec).at({}).observeAs(0.25, 'new', 2500);
  const page = here.render(true, [JSON.parse(JSON.stringify(there.snapshot()))]);
  expect(page.split('\n').slice(2, 5)).toEqual([
    'h_bucket{le="1"} 2 # {prediction_id="new"} 0.25 2.5',
    'h_bucket{le="2"} 3 # {prediction_id="mine"} 1.5 3',
    'h_bucket{le="+Inf"} 3',
  ]);
  expect(here.render(false)).not.toContain('#{');
  expect(here.render(false)).not.toContain('prediction_id');
});

test('what several processes counted adds up; gauges as they say, and those of ended processes are forgotten', () => {
  const specs = {
    count: { name: 'c_total', type: 'counter', help: 'C.', labels: ['v'] },
    size: { name: 'g', type: 'gauge', help: 'G.' },
    most: { name: 'm', type: 'gauge', help: 'M.', across: 'max' },
    start: { name: 's', type: 'gauge', help: 'S.', across: 'main' },
    time: { name: 'h', type: 'histogram', help: 'H.', buckets: [1, 2] },
  } as const;
  const processWith = (value: number): Metrics => {
    const metrics = new Metrics();
    metrics.counter(specs.count).inc(value, { v: '1' });
    for (const spec of [specs.size, specs.most, specs.start]) metrics.gauge(spec).set(value);
    metrics.histogram(specs.time).observe(value);
    return metrics;
  };
  const [here, there, ended] = [processWith(1), processWith(5), processWith(7)];
  there.counter(specs.count).inc(2, { v: '2' });
  const overWire = JSON.parse(JSON.stringify(there.snapshot())) as MetricsSnapshot;
  const text = here.render(false, [overWire, addedUp([[], ended.snapshot()])]);
  const values = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(values).toEqual([
    'c_total{v="1"} 13',
    'c_total{v="2"} 2',
    'g 6',
    'm 5',
    's 1',
    'h_bucket{le="1"} 1',
    'h_bucket{le="2"} 1',
    'h_bucket{le="+Inf"} 3',
    'h_sum 13',
    'h_count 3',
  ]);
  expect(lines(here)).toContain('c_total{v="1"} 1');
});
