import { readdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Product, runTrainyard, startProduct } from '#test/harness/product.ts';
import { SteadyLoad } from '#test/harness/steady-load.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { call, ready, tellLoopStory } from './loop-story.ts';

const REQUESTS = Number(process.env['WORKERS_TEST_REQUESTS'] ?? 5000);
const ALIAS_MOVES = 20;
const TWO = { TRAINYARD__SERVING__WORKERS: '2', TRAINYARD__SERVING__GRPC_PORT: 'off' };
const ROW = JSON.stringify({ features: [6.3, 2.8, 5.1, 1.5] });

interface WorkerView {
  readonly seat: number;
  readonly state: string;
  readonly pid: number | null;
  readonly restarts: number;
}

interface Scored {
  readonly model_version: string;
  readonly prediction_id: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

const workersOf = async (product: Product): Promise<WorkerView[]> =>
  (await call<{ workers: WorkerView[] }>('GET', `${product.url}/api/v1/status`)).workers;

const allRun = async (product: Product): Promise<WorkerView[] | undefined> => {
  const workers = await workersOf(product);
  return workers.every((w) => w.state === 'running') ? workers : undefined;
};

const restartOf = async (product: Product): Promise<string> =>
  (await call<{ restart: { state: string } }>('GET', `${product.url}/api/v1/workers`)).restart.state;

/** A product with both examples deployed. */
async function withExamples(env: Readonly<Record<string, string>> = TWO, data?: string): Promise<Product> {
  const product = await startProduct({ args: ['--examples'], env, readyWithinMs: 60_000, ...(data === undefined ? {} : { data }) });
  await ready({ core: product.url, serving: product.url });
  return product;
}

/** One request on a connection of its own: which process answers is the system's choice. */
function ask(url: string, path: string, options: { method?: string; body?: string; headers?: Record<string, string> } = {}) {
  const { method = 'GET', body, headers = {} } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const all = { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const sent = request(url + path, { method, agent: false, headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode as number, headers: response.headers, text }));
    });
    sent.on('error', reject).end(body);
  });
}

const predict = async (url: string, headers: Record<string, string> = {}): Promise<Scored> =>
  JSON.parse((await ask(url, '/predict', { method: 'POST', body: ROW, headers })).text) as Scored;

/** How often each prediction stands in the index. */
async function indexed(url: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { prediction_id: string }[]; next_cursor: string | null } = await call(
      'GET',
      `${url}/api/v1/predictions?limit=1000&cursor=${cursor}`,
    );
    for (const { prediction_id } of page.items) times.set(prediction_id, (times.get(prediction_id) ?? 0) + 1);
    cursor = page.next_cursor;
  }
  return times;
}

/** Every acknowledged prediction is in the index once. */
async function expectExactlyOnce(url: string, ids: readonly string[]): Promise<void> {
  const missing = async (): Promise<string[]> => {
    const times = await indexed(url);
    return ids.filter((id) => !times.has(id));
  };
  await waitFor('the index to have everything', async () => (await missing()).length === 0, 60_000);
  const times = await indexed(url);
  expect(ids.filter((id) => times.get(id) !== 1)).toEqual([]);
  expect([...times.values()].filter((n) => n > 1)).toEqual([]);
}

const counter = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec((await ask(url, '/metrics')).text)?.[1]);

describe('serving in two workers', () => {
  test('checks what one process checks: port, roles, token', { timeout: 120_000 }, async () => {
    const token = 'a-token-of-some-length';
    await using product = await startProduct({ env: { ...TWO, TRAINYARD_TOKEN: token }, readyWithinMs: 60_000 });
    const { url } = product;
    const { port } = new URL(url);

    // Also where both would share the port.
    const data = join(product.data, 'second');
    const second = await runTrainyard(['start', '--data', data, '--port', port], TWO);
    expect(second).toMatchObject({ code: 1, logs: expect.stringContaining(`Port ${port}`) });
    const alone = await runTrainyard(['start', '--data', data, '--port', '0', '--target', 'serving,registry,artifacts'], TWO);
    expect(alone).toMatchObject({ code: 1, logs: expect.stringContaining("role 'events'") });

    const bearer = { authorization: `Bearer ${token}` };
    const statuses = async (path: string, headers: Record<string, string>) =>
      new Set((await Promise.all(Array.from({ length: 8 }, () => ask(url, path, { headers })))).map(({ status }) => status));
    expect(await statuses('/api/v1/status', {})).toEqual(new Set([401]));
    expect(await statuses('/api/v1/status', { authorization: 'Bearer no' })).toEqual(new Set([401]));
    expect(await statuses('/api/v1/status', bearer)).toEqual(new Set([200]));
    expect(await statuses('/livez', {})).toEqual(new Set([200]));
    expect(await statuses('/livez', { host: 'evil.example' })).toEqual(new Set([403]));
    // A worker's own endpoints are for the main process: from the port one sees the main process' log.
    const heads = await Promise.all(Array.from({ length: 8 }, () => ask(url, '/api/v1/serving/log/head', { headers: bearer })));
    expect(new Set(heads.map(({ text }) => (JSON.parse(text) as { partition: string }).partition)).size).toBe(1);
    const refused = await ask(url, '/predict', { method: 'POST', body: ROW });
    expect(refused.status).toBe(401);
    expect(await product.stop()).toBe(0);
  });

  test('tells the closed loop as one process does; all of the port see the same', { timeout: 240_000 }, async () => {
    await using product = await withExamples();
    const { url, data } = product;
    await tellLoopStory({ core: url, serving: url });

    // Both workers wrote: each has a log of its own.
    const sizes = await Promise.all(
      ['1', '2'].map(async (slot) => {
        const folder = join(data, 'workers', slot, 'events');
        const files = await Promise.all((await readdir(folder)).map((file) => stat(join(folder, file))));
        return files.reduce((sum, file) => sum + file.size, 0);
      }),
    );
    expect(Math.min(...sizes)).toBeGreaterThan(10_000);

    const before = await counter(url, 'predictions_total');
    expect(before).toBeGreaterThanOrEqual(1000);
    for (let i = 0; i < 20; i++) await predict(url);
    expect(await Promise.all(Array.from({ length: 8 }, () => counter(url, 'predictions_total')))).toEqual(Array(8).fill(before + 20));

    const { model_stats } = await call<{ model_stats: { inference_count: number }[] }>('GET', `${url}/v2/models/iris/stats`);
    expect(model_stats[0]?.inference_count).toBeGreaterThanOrEqual(20);

    // A body that is refused while it comes: the answer passes through the worker, and so does the next request.
    for (let i = 0; i < 5; i++) {
      const huge = await ask(url, '/feedback', { method: 'POST', body: 'x'.repeat(40 * 2 ** 20) });
      expect(huge).toMatchObject({ status: 413, text: expect.stringContaining('larger than the limit') });
    }

    const { components } = await call<{ components: unknown[] }>('GET', `${url}/api/v1/status`);
    expect(components).toContainEqual({ name: 'serving workers', kind: 'workers', state: 'ok', detail: '2 of 2 answer' });

    // One key, many connections, one prediction.
    const keyed = await Promise.all(Array.from({ length: 12 }, () => predict(url, { 'idempotency-key': 'only-once' })));
    expect(new Set(keyed.map((answer) => answer.prediction_id)).size).toBe(1);

    // A deployment answers everywhere as soon as it is made, and nowhere once it is deleted.
    const change = { variants: [{ role: 'primary', model: 'models:/iris/2' }] };
    await call('PUT', `${url}/api/v1/deployments/second`, change);
    const second = () => ask(url, '/deployments/second/predict', { method: 'POST', body: ROW });
    for (const answer of await Promise.all(Array.from({ length: 12 }, second))) {
      expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"model_version":"2"') });
    }
    await call('PUT', `${url}/api/v1/deployments/second`, { variants: [{ role: 'primary', model: 'models:/iris/1' }] });
    for (const answer of await Promise.all(Array.from({ length: 12 }, second))) expect(answer.text).toContain('"model_version":"1"');
    await call('DELETE', `${url}/api/v1/deployments/second`);
    expect((await Promise.all(Array.from({ length: 12 }, second))).map((answer) => answer.status)).toEqual(Array(12).fill(404));
    expect(await product.stop()).toBe(0);
  });

  test('loses nothing that was acknowledged when workers are killed, and goes on', { timeout: 240_000 }, async () => {
    await using product = await withExamples();
    const { url } = product;
    const load = new SteadyLoad({ url, body: ROW, clients: 8, toleratesLoss: true });
    for (let round = 1; round <= 4; round++) {
      const answered = load.answered;
      await waitFor('answers', () => load.answered > answered + 100, 20_000);
      const [victim] = (await workersOf(product)).filter((w) => w.seat === 1 + (round % 2));
      process.kill(victim?.pid as number, 'SIGKILL');
      const after = load.answered;
      await waitFor('answers after the kill', () => load.answered > after + 100, 20_000);
      await waitFor(
        `replacement ${round}`,
        async () => {
          const workers = await allRun(product);
          return workers !== undefined && workers.reduce((sum, w) => sum + w.restarts, 0) === round;
        },
        30_000,
      );
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    await expectExactlyOnce(url, load.ids);
    expect(await counter(url, 'serving_worker_restarts_total\\{reason="died"\\}')).toBe(4);
  });

  test('finds what was acknowledged after the main process was killed', { timeout: 240_000 }, async () => {
    await using product = await withExamples();
    const load = new SteadyLoad({ url: product.url, body: ROW, clients: 8, toleratesLoss: true });
    await waitFor('answers', () => load.answered > 500, 20_000);
    const pids = (await workersOf(product)).map((w) => w.pid as number);
    await product.kill9();
    await load.stop();
    await waitFor('the workers to end', () => pids.every((pid) => !isAlive(pid)));
    // Without workers: the logs of the former ones are read to the end all the same.
    const one = { ...TWO, TRAINYARD__SERVING__WORKERS: '1' };
    await using again = await startProduct({ data: product.data, args: ['--examples'], env: one });
    await expectExactlyOnce(again.url, load.ids);
  });

  // A listening socket accepts from the moment that it arrives in a process: one that waited there for a model to be loaded swallowed connections.
  test('leaves no connection without an answer while workers load models in the midst of a restart', { timeout: 240_000 }, async () => {
    await using product = await withExamples();
    const { url } = product;
    const load = new SteadyLoad({ url, body: ROW, clients: 16 });
    let isChanging = true;
    const changing = async (name: string): Promise<void> => {
      for (let n = 0; isChanging; n++) {
        const model = `models:/${n % 2 === 0 ? 'housing' : 'iris'}/1`;
        await call('PUT', `${url}/api/v1/deployments/${name}`, { variants: [{ role: 'primary', model }] });
      }
    };
    const changes = Promise.all(['one', 'two', 'three', 'four'].map(changing));
    await call('POST', `${url}/api/v1/workers/restart`, {});
    // A connection without an answer holds up the worker that leaves for its whole grace of 60 s.
    await waitFor('the restart', async () => (await restartOf(product)) === 'done', 50_000);
    isChanging = false;
    await changes;
    await load.stop();
    expect({ failed: load.failed, failures: load.failures }).toEqual({ failed: 0, failures: [] });
  });

  test(`fails none of ${REQUESTS} requests over two rolling restarts and ${ALIAS_MOVES} alias moves`, { timeout: 600_000 }, async () => {
    await using product = await withExamples();
    const { url } = product;
    const expected = new Map<string, string>();
    for (const variant of ['primary', 'shadow']) {
      const { model_version, probabilities } = await predict(url, { 'x-trainyard-variant': variant });
      expected.set(model_version, JSON.stringify(probabilities));
    }
    expect(new Set(expected.values()).size).toBe(2);
    const load = new SteadyLoad({
      url,
      body: ROW,
      clients: 8,
      check: (answer) => {
        const { model_version, probabilities } = answer as unknown as Scored;
        const text = JSON.stringify(probabilities);
        return expected.get(model_version) === text ? undefined : `version ${model_version} said ${text}`;
      },
    });
    const before = await workersOf(product);
    const restarts = (async () => {
      await waitFor('a first share', () => load.answered > REQUESTS / 5, 120_000);
      expect(await call('POST', `${url}/api/v1/workers/restart`, {})).toMatchObject({ restart: { state: 'running' } });
      await waitFor('the first restart', async () => (await restartOf(product)) === 'done', 60_000);
      await waitFor('a second share', () => load.answered > REQUESTS / 2, 120_000);
      process.kill(product.pid, 'SIGHUP');
      await waitFor(
        'the second restart',
        async () => (await restartOf(product)) === 'done' && (await allRun(product))?.every((w) => w.restarts === 2),
        60_000,
      );
    })();
    for (let move = 1; move <= ALIAS_MOVES; move++) {
      await waitFor(`requests before move ${move}`, () => load.answered + load.failed >= (REQUESTS * move) / (ALIAS_MOVES + 1), 120_000);
      const version = String(1 + (move % 2));
      await call('POST', `${url}/api/2.0/mlflow/registered-models/alias`, { name: 'iris', alias: 'production', version });
      await waitFor(
        `version ${version} from all that answer`,
        async () => (await Promise.all(Array.from({ length: 8 }, () => predict(url)))).every((a) => a.model_version === version),
        30_000,
      );
    }
    await restarts;
    await waitFor('the last requests', () => load.answered + load.failed >= REQUESTS, 120_000);
    await load.stop();
    expect({ failed: load.failed, failures: load.failures }).toEqual({ failed: 0, failures: [] });
    expect([...load.byVersion.keys()].sort()).toEqual([...expected.keys()].sort());
    const after = await workersOf(product);
    expect(after.some((w) => before.some((b) => b.pid === w.pid))).toBe(false);
    await expectExactlyOnce(url, load.ids);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
