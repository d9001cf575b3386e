import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTrainyard, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { ask, expectProblem } from './answers.ts';
import { open, post } from './raw-socket.ts';
import { mayMount, mountSmallDisk } from './small-disk.ts';
import { deploy, registerVersion, sideModel } from './small-models.ts';

const TOKEN = 'a-token-of-some-length';
const ROW = { features: [5.1, 3.5, 1.4, 0.2] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-ops-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runTrainyard(['start', '--target', 'ui', '--data', join(folder, 'never'), '--port', '0', ...args], env);

describe('a start that cannot be', () => {
  test('names the port that is in use, and the way out', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, logs } = await start(['--port', String(port)]);
    await new Promise((resolve) => server.close(resolve));
    expect({ code, logs }).toEqual({ code: 1, logs: expect.stringMatching(new RegExp(`Port ${port} .* in use.*--port`, 'u')) });
  });

  test('names the process that owns the data folder, which goes on', async () => {
    await using owner = await startProduct({ args: ['--target', 'ui'] });
    const { code, logs } = await start(['--data', owner.data]);
    expect({ code, logs }).toEqual({ code: 1, logs: expect.stringContaining(`process ${owner.pid}`) });
    expect(logs).toContain('--data');
    expect((await ask(`${owner.url}/livez`)).status).toBe(200);
  });

  test('names a data folder that is a file', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, 'precious');
    expect(await start(['--data', file])).toMatchObject({ code: 1, logs: expect.stringContaining(file) });
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test('names a data folder that it may not write', async () => {
    const locked = join(folder, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    // The superuser may write everywhere; a folder in place of the lock's file stops even that one.
    await mkdir(join(locked, 'trainyard.lock')).catch(() => {});
    const { code, logs } = await start(['--data', locked]);
    await chmod(locked, 0o700);
    expect({ code, logs }).toEqual({ code: 1, logs: expect.stringMatching(/locked cannot be used[\s\S]*permissions/u) });
    expect(logs).not.toMatch(/\n\s+at /u);
  });

  test('refuses at once where no folder can be made, whatever the place is for', { timeout: 60_000 }, async () => {
    // The superuser may write everywhere, but not here, and Node's own way of making folders never comes back from it.
    const nowhere = '/proc/trainyard/data';
    const refused = async (args: readonly string[], env: Readonly<Record<string, string>>, told: RegExp): Promise<void> => {
      const { code, logs } = await runTrainyard(['start', '--port', '0', '--target', 'tracking,artifacts', ...args], env);
      expect({ code, logs }).toEqual({ code: 1, logs: expect.stringMatching(told) });
      expect(logs).not.toMatch(/\n\s+at /u);
    };
    const data = ['--data', join(folder, 'elsewhere')];
    await refused(['--data', nowhere], {}, /no folder can be made in \/proc[\s\S]*--data/u);
    await refused([...data, '--artifacts-destination', nowhere], {}, /no folder can be made in \/proc[\s\S]*--artifacts-destination/u);
    await refused(
      [...data, '--backend-store-uri', `sqlite:///${nowhere}/t.db`],
      {},
      /no folder can be made in \/proc[\s\S]*--backend-store-uri/u,
    );
    await refused(data, { TRAINYARD__HTTP__TOKEN_FILE: `${nowhere}/token` }, /no folder can be made in \/proc[\s\S]*TRAINYARD_TOKEN/u);
    const file = join(folder, 'in-the-way');
    await writeFile(file, 'precious');
    await refused(['--data', join(file, 'data')], {}, /in-the-way is a file[\s\S]*--data/u);
    await refused([...data, '--artifacts-destination', file], {}, /in-the-way is a file[\s\S]*--artifacts-destination/u);
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test('lists all mistakes of a configuration at once: code 2', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(file, 'http:\n  port: many\n  hots: x\nlog:\n  level: loud\n');
    const { code, logs } = await runTrainyard(['start', '--config', file]);
    expect(code).toBe(2);
    for (const told of ['3 mistakes', 'http.port', 'http.hots', 'log.level', '"debug"|"info"']) expect(logs).toContain(told);
  });

  test('knows no such flag, target, key, file or peer: code 2', async () => {
    expect(await start(['--prot', '80'])).toMatchObject({ code: 2, logs: expect.stringContaining('--prot') });
    expect(await start(['--port'])).toMatchObject({ code: 2, logs: expect.stringContaining('--port needs a value') });
    expect(await start(['--target', 'nope'])).toMatchObject({ code: 2, logs: expect.stringContaining("'nope'") });
    expect(await start(['--target', 'constructor'])).toMatchObject({ code: 2, logs: expect.stringContaining("'constructor'") });
    expect(await start([], { TRAINYARD__HTTP__PROT: '80' })).toMatchObject({
      code: 2,
      logs: expect.stringContaining('TRAINYARD__HTTP__PROT'),
    });
    expect(await start([], { TRAINYARD__CONSTRUCTOR: '1' })).toMatchObject({
      code: 2,
      logs: expect.stringContaining('TRAINYARD__CONSTRUCTOR'),
    });
    expect(await start(['--config', join(folder, 'no.yaml')])).toMatchObject({ code: 2, logs: expect.stringContaining('no.yaml') });
  });

  test('does not take a database that it does not know for SQLite', async () => {
    const { code, logs } = await start(['--target', 'tracking', '--backend-store-uri', 'mysql://me:geheim-geheim@db/x']);
    expect({ code, logs }).toEqual({ code: 2, logs: expect.stringMatching(/database\.url.*postgresql:/u) });
    expect(logs).not.toContain('geheim');
  });
});

describe('secrets', () => {
  test('are in no log, no refusal and no printed configuration', async () => {
    const secret = 'geheim-geheim-geheim';
    const env = { TRAINYARD_TOKEN: secret, DATABASE_URL: `postgresql://me:${secret}@127.0.0.1:1/x` };
    const refused = await start(['--target', 'tracking'], env);
    const mistaken = await start(['--target', 'ui'], { TRAINYARD_TOKEN: 'geheim' });
    const printed = await runTrainyard(['config', 'print'], env);
    expect([refused.code, mistaken.code, printed.code]).toEqual([1, 2, 0]);
    expect(refused.logs + mistaken.logs.replaceAll('TRAINYARD_TOKEN', '') + printed.logs).not.toContain('geheim');
    await using product = await startProduct({ args: ['--target', 'ui'], env: { TRAINYARD_TOKEN: secret, LOG_LEVEL: 'debug' } });
    await ask(`${product.url}/api/v1/status`, { headers: { authorization: `Bearer ${secret}` } });
    await ask(`${product.url}/api/v1/status`, { headers: { authorization: `Bearer ${secret}x` } });
    await product.stop();
    expect(product.logs()).not.toContain(secret);
  });

  test('a token file that is empty is no token; a missing one is made for its owner alone', async () => {
    const file = join(folder, 'token');
    await writeFile(file, '\n');
    const env = { TRAINYARD__HTTP__TOKEN_FILE: file };
    expect(await start([], env)).toMatchObject({ code: 1, logs: expect.stringContaining(file) });
    await rm(file);
    await using product = await startProduct({ args: ['--target', 'ui'], env });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const made = (await readFile(file, 'utf8')).trim();
    expect((await ask(`${product.url}/api/v1/status`)).status).toBe(401);
    expect((await ask(`${product.url}/api/v1/status`, { headers: { authorization: `Bearer ${made}` } })).status).toBe(200);
  });
});

describe('who may call', () => {
  test('listening to the network without a token is refused, with the fix', async () => {
    const { code, logs } = await start(['--host', '0.0.0.0']);
    expect({ code, logs }).toEqual({ code: 1, logs: expect.stringMatching(/0\.0\.0\.0.*TRAINYARD_TOKEN/u) });
    const address = await start(['--host', '192.0.2.1'], { TRAINYARD_TOKEN: TOKEN });
    expect(address).toMatchObject({ code: 1, logs: expect.stringContaining('--host') });
  });

  test('with a token it is needed, as Bearer or as the password of Basic', async () => {
    await using product = await startProduct({ args: ['--target', 'ui,tracking', '--host', '0.0.0.0'], env: { TRAINYARD_TOKEN: TOKEN } });
    const url = product.url.replace('0.0.0.0', '127.0.0.1');
    const status = async (authorization?: string): Promise<number> =>
      (await ask(`${url}/api/v1/status`, { headers: authorization === undefined ? {} : { authorization } })).status;
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await status(`Bearer ${TOKEN}`)).toBe(200);
    expect(await status(basic(`anybody:${TOKEN}`))).toBe(200);
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      'Bearer x',
      `Bearer ${TOKEN}x`,
      `Token ${TOKEN}`,
      basic(TOKEN.slice(1)),
      basic(':'),
      basic(''),
      'Basic %%%',
    ])
      expect(await status(wrong), String(wrong)).toBe(401);
    const refused = await ask(`${url}/api/v1/status`);
    expectProblem(refused, { status: 401, code: 'TOKEN_REQUIRED', names: ['Bearer', 'Basic'] });
    expect(refused.headers.get('www-authenticate')).toContain('Basic');
    expect((await ask(`${url}/livez`)).status).toBe(200);
    expect((await ask(`${url}/api/2.0/mlflow/experiments/search`, { body: { max_results: 1 } })).json).toMatchObject({
      error_code: 'UNAUTHENTICATED',
    });
  });

  test('pages of other sites may not change anything', async () => {
    await using product = await startProduct({
      args: ['--target', 'ui,tracking'],
      env: { TRAINYARD__HTTP__CORS_ORIGINS: 'https://good.example' },
    });
    const create = (origin: string, name: string) =>
      ask(`${product.url}/api/2.0/mlflow/experiments/create`, { body: { name }, headers: { origin } });
    expectProblem(await create('https://evil.example', 'a'), { status: 403, code: 'ORIGIN_REFUSED', names: ['evil.example'] });
    expectProblem(await create('null', 'a'), { status: 403, code: 'ORIGIN_REFUSED' });
    expect((await create(product.url, 'b')).status).toBe(200);
    const allowed = await create('https://good.example', 'c');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, 'https://good.example']);
  });
});

describe('stopping and starting', () => {
  test('a stop answers what runs and takes nothing new; the next start changes nothing and is quick', { timeout: 240_000 }, async () => {
    const data = join(folder, 'kept');
    const before = await (async () => {
      await using product = await startProduct({ data, args: ['--examples'] });
      await waitFor('both examples', async () => (await ask(`${product.url}/readyz`)).status === 200, 110_000);
      const request = post('/predict', JSON.stringify(Array.from({ length: 200 }, () => ROW.features)));
      const clients = await Promise.all(Array.from({ length: 50 }, () => open(product.url)));
      await Promise.all(clients.map(({ socket }) => new Promise((resolve) => socket.write(request, resolve))));
      const asked = performance.now();
      expect(await product.stop()).toBe(0);
      // Connections that stay open after their answer are not waited for: the grace is 10 s.
      expect(performance.now() - asked).toBeLessThan(8_000);
      await waitFor('every connection to end', () => clients.every(({ closed }) => closed()));
      await expect(ask(`${product.url}/livez`)).rejects.toThrow();
      const answers = clients.map(({ received }) => received());
      expect(answers.map((text) => text.slice(0, 15))).toEqual(new Array(50).fill('HTTP/1.1 200 OK'));
      return answers.join('').match(/"prediction_id"/gu)?.length ?? 0;
    })();

    const begun = performance.now();
    await using product = await startProduct({ data, args: ['--examples'] });
    await waitFor('readiness', async () => (await ask(`${product.url}/readyz`)).status === 200);
    const tookMs = Math.round(performance.now() - begun);
    console.log(`second start: ready after ${tookMs} ms`);
    expect(tookMs).toBeLessThan(10_000);
    const count = async (): Promise<number> =>
      ((await ask(`${product.url}/api/v1/predictions/count?variant=primary`)).json as { count: number }).count;
    await waitFor('every acknowledged prediction in the index', async () => (await count()) === before);
    const models = await ask(`${product.url}/api/2.0/mlflow/registered-models/search`);
    const versions = (models.json as { registered_models: { latest_versions: { version: string }[] }[] }).registered_models;
    expect(versions.flatMap((m) => m.latest_versions.map((v) => Number(v.version))).every((v) => v <= 2)).toBe(true);
    expect(await product.stop()).toBe(0);
  });

  test('a torn end of the event log is cut at the start, and everything before it is kept', { timeout: 60_000 }, async () => {
    const data = join(folder, 'kept');
    const segments = (await readdir(join(data, 'events'))).filter((name) => /^\d+/u.test(name)).sort();
    await appendFile(join(data, 'events', segments.at(-1) as string), Buffer.from([0x40, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]));
    await using product = await startProduct({ data, args: ['--examples'] });
    const scored = await ask(`${product.url}/predict`, { body: ROW });
    const { prediction_id } = scored.json as { prediction_id: string };
    await waitFor(
      'the new prediction in the index',
      async () => (await ask(`${product.url}/api/v1/predictions/${prediction_id}`)).status === 200,
    );
    expect(product.logs()).not.toContain('"level":"error"');
  });

  test('old files of the event log go once the index has them', { timeout: 60_000 }, async () => {
    const data = join(folder, 'kept');
    const env = {
      TRAINYARD__EVENT_LOG__SEGMENT_BYTES: '65536',
      TRAINYARD__EVENTS__MAX_BYTES: '262144',
      TRAINYARD__EVENTS__RETENTION_INTERVAL_MS: '1000',
    };
    await using product = await startProduct({ data, args: ['--examples'], env });
    const counted = async (): Promise<number> => ((await ask(`${product.url}/api/v1/predictions/count`)).json as { count: number }).count;
    const before = await waitFor('the index', counted);
    const rows = Array.from({ length: 250 }, () => ROW.features);
    for (let i = 0; i < 8; i++) expect((await ask(`${product.url}/predict`, { body: rows })).status).toBe(200);
    await waitFor('all rows in the index', async () => (await counted()) === before + 4000, 20_000);
    const bytes = async (): Promise<number> => {
      const { text } = await ask(`${product.url}/metrics`);
      return Number(/^events_log_bytes (\d+)$/mu.exec(text)?.[1]);
    };
    await waitFor('a small log', async () => (await bytes()) <= 400_000, 20_000);
    expect(await counted()).toBe(before + 4000);
  });
});

describe('a full disk', () => {
  const title = 'predictions are refused until there is space again, and nothing acknowledged is lost (needs the right to mount)';
  test.runIf(mayMount())(title, { timeout: 240_000 }, async () => {
    const data = join(folder, 'small');
    await mkdir(data);
    const unmount = mountSmallDisk(data);
    try {
      await using product = await startProduct({ data, args: ['--examples'] });
      const predict = () => ask(`${product.url}/predict`, { body: Array.from({ length: 50 }, () => ROW.features) });
      await waitFor('iris', async () => (await ask(`${product.url}/predict`, { body: ROW })).status === 200, 30_000);
      await waitFor('both examples', async () => (await ask(`${product.url}/readyz`)).status === 200, 110_000);
      const ids = new Set<string>();
      const keep = (text: string): void => {
        for (const [, id] of text.matchAll(/"prediction_id":"([^"]+)"/gu)) ids.add(id as string);
      };
      keep((await predict()).text);
      const filler = join(data, 'filler');
      await writeFile(filler, Buffer.alloc(200_000_000)).catch(() => {});
      const refused = await waitFor(
        'a refusal',
        async () => {
          const answer = await predict();
          if (answer.status === 200) keep(answer.text);
          return answer.status === 200 ? undefined : answer;
        },
        20_000,
      );
      expect(refused.status, refused.text).toBe(503);
      expect(refused.json).toMatchObject({ code: 'EVENT_LOG_FULL', detail: expect.stringContaining('disk space') });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/u);
      expect((await ask(`${product.url}/livez`)).status).toBe(200);
      const log = async () => {
        const { json } = await ask(`${product.url}/api/v1/status`);
        return (json as { components: { kind: string }[] }).components.find(({ kind }) => kind === 'event-log');
      };
      expect(await log()).toMatchObject({ state: 'down', detail: expect.stringMatching(/takes no events since 20\d\d-.+ENOSPC/u) });
      const unready = await ask(`${product.url}/readyz`);
      expect([unready.status, unready.text]).toEqual([503, expect.stringContaining('the event log takes no events since')]);

      await rm(filler);
      // Whoever takes a server that is not ready off sends it nothing: it must come back without a request.
      await waitFor('readiness', async () => (await ask(`${product.url}/readyz`)).status === 200, 20_000);
      expect(await log()).toMatchObject({ state: 'ok', detail: expect.not.stringContaining('since') });
      await waitFor(
        'an answer',
        async () => {
          const answer = await predict();
          keep(answer.text);
          return answer.status === 200;
        },
        20_000,
      );
      for (const id of ids)
        await waitFor(`prediction ${id}`, async () => (await ask(`${product.url}/api/v1/predictions/${id}`)).status === 200, 20_000);
      expect(await product.stop()).toBe(0);
    } finally {
      unmount();
    }
  });

  test.runIf(mayMount())(
    'several workers, each with a log of its own, say so too (needs the right to mount)',
    { timeout: 120_000 },
    async () => {
      const data = join(folder, 'small-workers');
      await mkdir(data);
      const unmount = mountSmallDisk(data);
      try {
        await using product = await startProduct({ data, env: { TRAINYARD__SERVING__WORKERS: '2', TRAINYARD__SERVING__GRPC_PORT: 'off' } });
        const { url } = product;
        await registerVersion(url, 'side', sideModel());
        expect((await deploy(url, 'side', [{ role: 'primary', model: 'models:/side/1' }])).status).toBe(200);
        const predict = () => ask(`${url}/predict`, { body: Array.from({ length: 500 }, () => [1]) });
        const workers = async () => {
          const { json } = await ask(`${url}/api/v1/status`);
          return (json as { components: { kind: string; state: string; detail: string }[] }).components.find(
            ({ kind }) => kind === 'workers',
          );
        };
        await waitFor('both workers', async () => (await workers())?.state === 'ok', 30_000);
        await waitFor('an answer', async () => (await predict()).status === 200, 20_000);
        const filler = join(data, 'filler');
        await writeFile(filler, Buffer.alloc(200_000_000)).catch(() => {});
        await waitFor('a refusal', async () => (await predict()).status === 503, 20_000);
        const unready = await waitFor(
          'the word of it',
          async () => {
            const answer = await ask(`${url}/readyz`);
            return answer.status === 503 ? answer : undefined;
          },
          20_000,
        );
        expect(unready.text).toContain('of 2 workers take no events since');
        expect(await workers()).toMatchObject({ state: 'down', detail: expect.stringContaining('take no events since') });
        await rm(filler);
        await waitFor('readiness', async () => (await ask(`${url}/readyz`)).status === 200, 20_000);
        expect((await predict()).status).toBe(200);
      } finally {
        unmount();
      }
    },
  );
});

describe('threads', () => {
  /** Niceness of the threads with this name: field 19 of their stat files (proc(5)). */
  async function niceness(pid: number, name: string): Promise<number[]> {
    const folder = `/proc/${pid}/task`;
    const found = await Promise.all(
      (await readdir(folder)).map(async (id) => {
        const [comm, stat] = await Promise.all(['comm', 'stat'].map((file) => readFile(`${folder}/${id}/${file}`, 'utf8')));
        return comm?.trim() === name ? [Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[16])] : [];
      }),
    );
    return found.flat();
  }

  test('that do slow work give way to the one that answers, unless answers wait for them', { timeout: 60_000 }, async () => {
    await using product = await startProduct();
    const isLower = async () => new Set(await niceness(product.pid, 'libuv-worker')).has(10);
    await waitFor('the pool to be lower', isLower);
    expect(new Set(await niceness(product.pid, 'libuv-worker'))).toEqual(new Set([10]));
    expect((await readFile(`/proc/${product.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[16]).toBe('0');
    await using careful = await startProduct({ env: { TRAINYARD__EVENT_LOG__DURABILITY: 'disk' } });
    expect((await ask(`${careful.url}/livez`)).status).toBe(200);
    expect(new Set(await niceness(careful.pid, 'libuv-worker'))).toEqual(new Set([0]));
  });
});
