import { columnDrift } from '#roles/monitoring/drift/score.ts';
import { Aggregator } from '#roles/monitoring/fold/aggregator.ts';
import { addWindows } from '#roles/monitoring/fold/counts.ts';
import { FoldPlan } from '#roles/monitoring/fold/plan.ts';
import { observe } from '#roles/monitoring/fold/records.ts';
import { profileCategories, profileNumbers } from '#stats/profile.ts';

// Rows per second of CPU: reading events, counting them over 12 columns (10 numbers, 2 categories), and one drift page.

const ROWS = Number(process.argv[2] ?? 200_000);
const DISTINCT = 5000;

/** Park and Miller's generator: the same rows in every run. */
function* uniform(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}
const random = uniform(1);
const next = (): number => random.next().value;

const numberNames = Array.from({ length: 10 }, (_, i) => `feature_${i}`);
const rows = Array.from({ length: DISTINCT }, () => ({
  ...Object.fromEntries(numberNames.map((name) => [name, next() * 100])),
  colour: ['red', 'green', 'blue'][Math.floor(next() * 3)] as string,
  city: `city-${Math.floor(next() * 40)}`,
}));
const columns = [
  ...numberNames.map((name) =>
    profileNumbers(
      name,
      rows.map((row) => (row as unknown as Record<string, number>)[name] as number),
    ),
  ),
  profileCategories(
    'colour',
    rows.map((row) => row.colour),
  ),
  profileCategories(
    'city',
    rows.map((row) => row.city),
  ),
];
const plan = new FoldPlan('bench', {
  columns,
  prediction: profileNumbers(
    'prediction',
    rows.map(() => next()),
  ),
});
const records = rows.map((features, i) => {
  const place = {
    prediction_id: `018f-${i}`,
    request_id: `r-${i}`,
    row: 0,
    deployment: 'd',
    role: 'primary',
    model_name: 'm',
    model_version: '1',
  };
  const data = { ...place, features, status: 'ok', prediction: next(), task: 'regression', duration_ms: 1.5, queue_ms: 0.1, batch_size: 8 };
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `e-${i}`,
      source: '/deployments/d',
      type: 'trainyard.prediction',
      time: new Date(1.77e12 + i * 50).toISOString(),
      subject: place.prediction_id,
      data,
    }),
  );
});

function time(what: string, count: number, work: () => void): void {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  console.log(
    `${what.padEnd(44)} ${(count / seconds).toFixed(0).padStart(10)} per CPU second   ${((seconds / count) * 1e6).toFixed(2)} µs each`,
  );
}

const events = records.flatMap((record) => {
  const event = observe(record);
  return event?.kind === 'prediction' ? [event] : [];
});
console.log(`${ROWS.toLocaleString('en')} rows, 12 columns, ${records[0]!.length} bytes an event`);
time('read an event', ROWS, () => {
  for (let i = 0; i < ROWS; i++) observe(records[i % DISTINCT]!);
});
const aggregator = new Aggregator();
time('count a row', ROWS, () => {
  for (let i = 0; i < ROWS; i++) aggregator.add(plan, events[i % DISTINCT]!);
});
const cells = aggregator.cells();
const total = cells.map((cell) => cell.counts).reduce(addWindows);
time('add a window to another', 2000, () => {
  for (let i = 0; i < 2000; i++) addWindows(total, cells[i % cells.length]!.counts);
});
const limits = { psi: 0.1, distance: 0.1, minRows: 100, missing: 0.02 };
time('score 12 columns by all six methods', 200, () => {
  for (let i = 0; i < 200; i++) {
    for (const column of columns)
      columnDrift(column, total.columns[column.name]!, {
        methods: ['psi', 'jensen_shannon', 'hellinger', 'l_infinity', 'ks', 'chi_square'],
        limits,
      });
  }
});
console.log(
  `a window of ${cells.length} minutes is ${Buffer.byteLength(JSON.stringify(total)).toLocaleString('en')} bytes, whatever its rows`,
);
