import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { gateBefore } from '#test/harness/gate.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { runTrainyard, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { ownCluster } from '../../scripts/services/postgres.ts';
import { MlflowServer } from './mlflow-server.ts';

const ROLES = ['--target', 'tracking,registry,artifacts'];
const POINTS = 700;
const WRITERS = 8;

/** Batches of points, a parameter and a tag that writers send to a run, and what became of each. */
class Batches {
  readonly acknowledged = new Set<number>();
  readonly refused: { readonly status: number; readonly retryAfter: string | null }[] = [];
  readonly #first: number;
  #sent = 0;
  #stopped = false;

  /** @param first number of the first batch, where others write to the same run */
  constructor(first = 0) {
    this.#first = first;
  }

  get sent(): number {
    return this.#sent;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Sends one batch after the other until told to stop, or until nobody is there to answer. */
  async write(url: string, run_id: string): Promise<void> {
    while (!this.#stopped) {
      const n = this.#first + this.#sent++;
      const metrics = Array.from({ length: POINTS }, (_, step) => ({ key: `m${n}`, value: step, timestamp: 1, step }));
      const half = { params: [{ key: `p${n}`, value: 'x' }], tags: [{ key: `t${n}`, value: 'x' }] };
      const body = JSON.stringify({ run_id, metrics, ...(n % 2 === 0 ? half : {}) });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/2.0/mlflow/runs/log-batch`, { method: 'POST', headers, body }).catch(() => undefined);
      if (answer === undefined) return;
      await answer.arrayBuffer();
      if (answer.status === 200) this.acknowledged.add(n);
      else this.refused.push({ status: answer.status, retryAfter: answer.headers.get('retry-after') });
    }
  }

  /** Every batch is there whole or not at all, and whole where that was said. */
  async check(server: MlflowServer, run_id: string): Promise<void> {
    interface Kept {
      readonly run: { readonly data: { readonly params?: readonly { key: string }[]; readonly tags?: readonly { key: string }[] } };
    }
    const { run } = (await server.get('runs/get', { run_id })).body as unknown as Kept;
    const keys = new Set([...(run.data.params ?? []), ...(run.data.tags ?? [])].map(({ key }) => key));
    for (let n = this.#first; n < this.#first + this.#sent; n++) {
      const path = { run_id, metric_key: `m${n}` };
      const { metrics = [] } = (await server.get('metrics/get-history', path)).body as { metrics?: readonly unknown[] };
      const whole = metrics.length === POINTS;
      expect([0, POINTS], `points of batch ${n}`).toContain(metrics.length);
      if (n % 2 === 0) expect([keys.has(`p${n}`), keys.has(`t${n}`)], `batch ${n}`).toEqual([whole, whole]);
      if (this.acknowledged.has(n)) expect(whole, `batch ${n} was acknowledged`).toBe(true);
    }
  }
}

test('a crash among batches leaves each of them whole or not at all, and whole where it was acknowledged', {
  timeout: 60_000,
}, async () => {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-crash-'));
  const batches = new Batches();
  let run: string;
  {
    await using product = await startProduct({ data, args: ROLES });
    const server = new MlflowServer(product.url);
    run = await server.run('0');
    const writers = Array.from({ length: WRITERS }, () => batches.write(product.url, run));
    await waitFor('some batches', () => batches.acknowledged.size >= 20 || undefined);
    await product.kill9();
    await Promise.all(writers);
  }
  await using again = await startProduct({ data, args: ROLES });
  expect(batches.sent).toBeGreaterThan(batches.acknowledged.size);
  await batches.check(new MlflowServer(again.url), run);
  await again.kill9();
  await rm(data, { recursive: true, force: true });
});

test('a data folder that another process works on is refused, and that process goes on', { timeout: 60_000 }, async () => {
  await using product = await startProduct({ args: ROLES });
  const { code, logs } = await runTrainyard(['start', '--data', product.data, '--port', '0', ...ROLES]);
  expect(code).not.toBe(0);
  expect(logs).toContain(product.data);
  expect(await new MlflowServer(product.url).run('0')).toMatch(/^[0-9a-f]{32}$/u);
});

test('two processes with data folders of their own write to one SQLite file, and lose and mix up nothing', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-shared-'));
  const file = join(folder, 'shared.db');
  const args = [...ROLES, '--backend-store-uri', `sqlite:///${file}`];
  {
    await using first = await startProduct({ args });
    await using second = await startProduct({ args });
    const run = await new MlflowServer(first.url).run('0');
    const [one, other] = [new Batches(), new Batches(1_000_000)];
    const writers = [one.write(first.url, run), one.write(first.url, run), other.write(second.url, run), other.write(second.url, run)];
    await waitFor('batches of both', () => (one.acknowledged.size >= 20 && other.acknowledged.size >= 20) || undefined);
    for (const batches of [one, other]) batches.stop();
    await Promise.all(writers);
    for (const { status } of [...one.refused, ...other.refused]) expect(status).toBe(503);
    await one.check(new MlflowServer(second.url), run);
    await other.check(new MlflowServer(first.url), run);
  }
  using database = new DatabaseSync(file, { readOnly: true });
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  await rm(folder, { recursive: true, force: true });
});

describeWith('postgres', 'while Postgres is away', () => {
  test('writers are told to come again, then all works by itself, and no batch is there in part', { timeout: 60_000 }, async () => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    await using gate = await gateBefore(Number(url.port));
    url.port = String(gate.port);
    await using product = await startProduct({ args: [...ROLES, '--backend-store-uri', url.href] });
    const server = new MlflowServer(product.url);
    const run = await server.run('0');
    const batches = new Batches();
    const writers = Array.from({ length: WRITERS }, () => batches.write(product.url, run));
    await waitFor('some batches', () => batches.acknowledged.size >= 10 || undefined);
    await gate.shut();
    await waitFor('refusals', () => batches.refused.length >= 2 * WRITERS || undefined);
    await gate.open();
    const before = batches.acknowledged.size;
    await waitFor('batches after it came back', () => batches.acknowledged.size >= before + 10 || undefined);
    batches.stop();
    await Promise.all(writers);
    for (const refusal of batches.refused) expect(refusal).toEqual({ status: 503, retryAfter: expect.stringMatching(/^\d+$/u) });
    await batches.check(server, run);
  });

  test('a Postgres that is restarted under load, and one that crashes, lose no acknowledged batch', { timeout: 240_000 }, async () => {
    const cluster = await ownCluster();
    try {
      const uri = `postgresql://trainyard@127.0.0.1:${cluster.port}/postgres`;
      await using product = await startProduct({ args: [...ROLES, '--backend-store-uri', uri] });
      const server = new MlflowServer(product.url);
      const run = await server.run('0');
      const batches = new Batches();
      const writers = Array.from({ length: WRITERS }, () => batches.write(product.url, run));
      await waitFor('some batches', () => batches.acknowledged.size >= 10 || undefined, 60_000);
      for (const mode of ['fast', 'immediate'] as const) {
        const refused = batches.refused.length;
        await cluster.stop(mode);
        await waitFor('refusals', () => batches.refused.length >= refused + WRITERS || undefined, 60_000);
        expect((await server.get('runs/get', { run_id: run })).status).toBe(503);
        await cluster.start();
        const before = batches.acknowledged.size;
        await waitFor('batches after it came back', () => batches.acknowledged.size >= before + 10 || undefined, 60_000);
      }
      batches.stop();
      await Promise.all(writers);
      for (const refusal of batches.refused) expect(refusal).toEqual({ status: 503, retryAfter: expect.stringMatching(/^\d+$/u) });
      await batches.check(server, run);
    } finally {
      await cluster.remove();
    }
  });
});
