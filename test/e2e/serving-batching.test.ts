import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { callers, GrpcCaller, type Said } from './inference-callers.ts';
import { grpcAddress, post } from './serving-models.ts';
import { metricOf } from './small-models.ts';

const CLIENTS = 64;
/** Of each protocol; TRAINYARD_BATCHING_SECONDS says how long instead. */
const SECONDS = Number(process.env.TRAINYARD_BATCHING_SECONDS ?? 0.7);
const ROWS = 200;

const IRIS = { data: 'example:iris.csv', target: 'species', learner: 'logistic', register: 'iris', deploy: 'iris' };
const HOUSING = {
  data: 'example:california_housing.csv',
  target: 'MedHouseVal',
  learner: 'linear',
  register: 'housing',
  deploy: 'housing',
};
/** Lowest and highest of each column; between them no two rows get the same answer from a linear model. */
const RANGES = {
  iris: [
    [4, 8],
    [2, 4.5],
    [1, 7],
    [0.1, 2.5],
  ],
  housing: [
    [0.5, 15],
    [1, 52],
    [1, 15],
    [0.5, 3],
    [3, 5000],
    [1, 6],
    [32, 42],
    [-124, -114],
  ],
} as const;
const NAMES = ['iris', 'housing'] as const;
type Name = (typeof NAMES)[number];

let product: Product;
let grpc: GrpcCaller;

beforeAll(async () => {
  product = await startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: '0' } });
  grpc = new GrpcCaller(await grpcAddress(product.url));
  for (const request of [IRIS, HOUSING]) {
    const { job_id } = (await post(`${product.url}/api/v1/training/jobs`, { ...request, alias: 'production' })) as { job_id: string };
    await waitFor('the training', async () => {
      const job = (await (await fetch(`${product.url}/api/v1/training/jobs/${job_id}`)).json()) as { state: string };
      return job.state === 'succeeded';
    });
  }
}, 60_000);

afterAll(async () => {
  grpc.close();
  await product[Symbol.asyncDispose]();
});

const randomRow = (name: Name): number[] => RANGES[name].map(([low, high]) => Math.fround(low + Math.random() * (high - low)));

/** How far two answers to one row are apart, as a share of what is greater than one; infinite where the labels differ. */
function apart(alone: Said, together: Said): number {
  if (together.label !== undefined && together.label !== alone.label) return Number.POSITIVE_INFINITY;
  if (together.numbers.length > 0 && together.numbers.length !== alone.numbers.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...together.numbers.map((n, i) => Math.abs(n - (alone.numbers[i] as number)) / Math.max(1, Math.abs(n))));
}

test('64 clients that ask for different rows at once each get the answer that their row gets alone', { timeout: 600_000 }, async () => {
  const protocols = callers(product.url, grpc);
  const plain = protocols['the plain API'] as (typeof protocols)[string];
  const pool: { readonly name: Name; readonly row: number[]; readonly alone: Said }[] = [];
  for (const name of NAMES) {
    for (let i = 0; i < ROWS; i++) {
      const row = randomRow(name);
      pool.push({ name, row, alone: await plain(name, row) });
    }
    const answers = pool.filter((each) => each.name === name).map(({ alone }) => JSON.stringify(alone.numbers));
    expect(new Set(answers).size).toBe(ROWS);
  }
  const counted = async (what: string): Promise<number> =>
    Number(await metricOf(product.url, `prediction_batch_rows_${what}`, 'deployment="iris"', 'role="primary"'));
  for (const [protocol, ask] of Object.entries(protocols)) {
    const before = { rows: await counted('sum'), runs: await counted('count') };
    const endsAt = performance.now() + SECONDS * 1000;
    let answered = 0;
    let furthest = 0;
    const client = async (): Promise<void> => {
      while (performance.now() < endsAt) {
        const { name, row, alone } = pool[Math.floor(Math.random() * pool.length)] as (typeof pool)[number];
        const together = await ask(name, row);
        answered++;
        furthest = Math.max(furthest, apart(alone, together));
        if (furthest > 1e-6) expect(together, `${protocol}, ${name} ${row}`).toEqual(alone);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const size = ((await counted('sum')) - before.rows) / ((await counted('count')) - before.runs);
    process.stderr.write(
      `${protocol}: ${answered} answers, batches of ${size.toFixed(1)} rows, at most ${furthest.toExponential(1)} apart\n`,
    );
    expect(answered).toBeGreaterThan(CLIENTS);
    expect(size, `${protocol}: rows that ran together`).toBeGreaterThan(1.5);
  }
});
