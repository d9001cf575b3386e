import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { plainEnv, startChild } from '#test/harness/child.ts';
import { type Product, runTrainyard, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { metric } from './answers.ts';
import { ready } from './loop-story.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NOBODY = 'http://127.0.0.1:9';

interface Summary {
  readonly ok: number;
  readonly errors: number;
  readonly seconds: number;
  readonly requests_per_second: number;
  readonly by_deployment: Readonly<Record<string, number>>;
  readonly labels?: number;
  readonly labels_failed?: number;
  readonly failures: readonly string[];
}

describeWith('curl', 'traffic from the command line', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ args: ['--examples'], env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
    await ready({ core: product.url, serving: product.url });
  }, 120_000);
  afterAll(() => product?.[Symbol.asyncDispose]());

  const traffic = (...args: string[]) => runTrainyard(['traffic', '--url', product.url, ...args]);
  const summary = async (...args: string[]): Promise<Summary> => {
    const { code, stdout, logs } = await traffic(...args, '--json');
    expect(code, logs).toBe(0);
    return JSON.parse(stdout) as Summary;
  };

  test('a number of requests goes to both examples in turn, each with its label', async () => {
    const told = await summary('--count', '40', '--rate', '200', '--label-delay', '0.1');
    expect(told).toMatchObject({ ok: 40, errors: 0, by_deployment: { iris: 20, housing: 20 }, labels: 40, labels_failed: 0, failures: [] });
    expect(await metric(product.url, 'feedback_total{result="accepted"}')).toBe(40);
  });

  test('few held-back rows sent again and again are no drift, and moved ones are', async () => {
    interface Drift {
      readonly flagged: readonly { readonly column: string }[];
      readonly columns: Readonly<Record<string, { readonly psi: { readonly n_cur: number } }>>;
    }
    const drift = async (rows: number): Promise<Drift> => {
      const ask = async () => (await (await fetch(`${product.url}/api/v1/monitors/iris/drift`)).json()) as Drift;
      await waitFor(`${rows} rows in the window`, async () => ((await ask()).columns['petal_width']?.psi.n_cur ?? 0) >= rows);
      return ask();
    };
    await summary('--count', '350', '--rate', '1000', '--deployment', 'iris', '--label-delay', '0', '--seed', '3');
    expect((await drift(370)).flagged).toEqual([]);
    await summary('--count', '1400', '--rate', '2000', '--deployment', 'iris', '--no-labels', '--drift', '--seed', '3');
    expect((await drift(1770)).flagged.map(({ column }) => column)).toEqual(expect.arrayContaining(['petal_length', 'petal_width']));
  });

  test('--duration ends it in time, at the rate that was asked for', async () => {
    const told = await summary('--duration', '2', '--rate', '50', '--concurrency', '4', '--deployment', 'iris', '--no-labels');
    expect(told.errors).toBe(0);
    expect(told.labels).toBeUndefined();
    expect(told.seconds).toBeGreaterThan(1.5);
    expect(told.seconds).toBeLessThan(4);
    expect(told.ok).toBeGreaterThan(20);
    expect(told.ok).toBeLessThanOrEqual(101);
    expect(told.by_deployment).toEqual({ iris: told.ok });
  });

  test('--continuous goes on until Ctrl-C, and then gives its summary', async () => {
    const before = await metric(product.url, 'predictions_total');
    const args = ['traffic', '--url', product.url, '--continuous', '--rate', '100', '--deployment', 'iris', '--label-delay', '0'];
    const child = startChild(process.execPath, ['bin/trainyard.js', ...args], { cwd: root, env: plainEnv() });
    await waitFor('a hundred predictions', async () => (await metric(product.url, 'predictions_total')) - before >= 100);
    child.process.kill('SIGINT');
    const { code } = await child.ended;
    expect(code, child.logs()).toBe(0);
    const ok = Number(/^ok +(\d+)$/mu.exec(child.stdout())?.[1]);
    expect(ok).toBeGreaterThanOrEqual(100);
    for (const line of [
      /^errors +0$/mu,
      /^seconds +[\d.]+$/mu,
      /^requests_per_second +[\d.]+$/mu,
      /^avg_ms +/mu,
      /^p95_ms +/mu,
      /^labels +\d+$/mu,
    ])
      expect(child.stdout()).toMatch(line);
  });

  test('deployments that are none and a server that is away are told: code 1', async () => {
    const unknown = await traffic('--count', '1', '--deployment', 'nobody');
    expect(unknown).toMatchObject({ code: 1, logs: expect.stringContaining('nobody') });
    const absent = await runTrainyard(['traffic', '--url', NOBODY, '--count', '1']);
    expect(absent).toMatchObject({ code: 1, logs: expect.stringContaining(`No server answers at ${NOBODY}`) });
  });

  const calls = async (url: string, ...args: string[]) => {
    const child = startChild('bash', ['scripts/calls.sh', ...args], { cwd: root, env: { ...plainEnv(), TRAINYARD_URL: url } });
    return { code: (await child.ended).code, logs: child.logs() };
  };

  test('calls.sh sends as many flowers as asked, drawn anew for each or all the same', async () => {
    for (const option of ['--repetitions=3', '--N=3']) {
      const { code, logs } = await calls(product.url, option);
      expect(code, logs).toBe(0);
      expect([...logs.matchAll(/^Request (\d)$/gmu)].map((m) => m[1])).toEqual(['1', '2', '3']);
      expect(logs.match(/^ {2}Response time: 0[.,]\d+ s$/gmu)).toHaveLength(3);
      const drawn = [...logs.matchAll(/"\w+Cm":([\d.]+)/gu)].map((m) => Number(m[1]));
      expect(drawn).toHaveLength(12);
      expect(drawn.filter((cm) => cm < 0.2 || cm > 7)).toEqual([]);
      expect(new Set(drawn).size).toBeGreaterThan(4);
    }
    for (const values of ['[5.1,3.5,1.4,0.2]', '5.1, 3.5, 1.4, 0.2']) {
      const { code, logs } = await calls(product.url, '--N=2', values);
      expect(code, logs).toBe(0);
      expect(logs.match(/"SepalLengthCm":5\.1,"SepalWidthCm":3\.5,"PetalLengthCm":1\.4,"PetalWidthCm":0\.2/gu)).toHaveLength(2);
      expect(logs.match(/"prediction":"setosa"/gu)).toHaveLength(2);
    }
  });

  test('calls.sh ends with 1 when a request is not answered, and for values and options that are none', async () => {
    const down = await calls(NOBODY, '--N=2');
    expect(down).toMatchObject({ code: 1, logs: expect.stringContaining('2 of 2 requests failed') });
    expect(down.logs.match(/FAILED/gu)).toHaveLength(2);
    const refused = await calls(product.url, '[-1,3.5,1.4,0.2]');
    expect(refused).toMatchObject({ code: 1, logs: expect.stringContaining('422') });
    for (const [args, told] of [
      [['[1,2,3]'], 'exactly 4'],
      [['[1,2,3,4,5]'], 'exactly 4'],
      [['[a,b,c,d]'], 'exactly 4'],
      [['--N=0'], '--repetitions'],
      [['--repetitions=many'], '--repetitions'],
      [['--count=3'], '--count'],
    ] as const)
      expect(await calls(product.url, ...args)).toMatchObject({ code: 1, logs: expect.stringContaining(told) });
    const help = await calls(product.url, '--help');
    expect(help).toMatchObject({ code: 0, logs: expect.stringContaining('--repetitions=N') });
  });
});
