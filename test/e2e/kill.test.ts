import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '#cli/traffic/random.ts';
import { startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { ask } from './answers.ts';

/** `npm run bench kill` asks for more. */
const ROUNDS = Number(process.env['TRAINYARD_KILLS'] ?? 20);
const CLIENTS = 16;
const SEED = 20_261_121;
const ROW = JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] });
const BATCH = JSON.stringify([
  [5.1, 3.5, 1.4, 0.2],
  [6.2, 2.9, 4.3, 1.3],
  [6.5, 3, 5.5, 1.8],
]);

interface Acknowledged {
  readonly ids: Set<string>;
  refused: number;
}

/** Sends one request after the other on a connection of its own until the server is gone; keeps the ids of what was answered whole. */
async function client(url: string, body: string, to: Acknowledged): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let gone = false; !gone; ) {
    gone = await new Promise<boolean>((resolve) => {
      const sent = request(`${url}/predict`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('error', () => resolve(true)).on('aborted', () => resolve(true));
        response.on('end', () => {
          if (response.statusCode === 200) for (const [, id] of text.matchAll(/"prediction_id":"([^"]+)"/gu)) to.ids.add(id as string);
          else to.refused++;
          resolve(false);
        });
      });
      sent.on('error', () => resolve(true)).end(body);
    });
  }
  agent.destroy();
}

interface Listed {
  readonly prediction_id: string;
  readonly role: string;
  readonly paired_with: string | null;
}

/** Every prediction of the index, page by page. */
async function everything(url: string): Promise<Listed[]> {
  const rows: Listed[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { json } = await ask(`${url}/api/v1/predictions?limit=1000&cursor=${cursor}`);
    const page = json as { items: Listed[]; next_cursor: string | null };
    rows.push(...page.items);
    cursor = page.next_cursor;
  }
  return rows;
}

describe('kill -9 under load', () => {
  let data: string;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'trainyard-kill-'));
  });
  afterAll(() => rm(data, { recursive: true, force: true }));

  test('of products on one data folder none loses or doubles an acknowledged prediction', { timeout: 20_000 * ROUNDS }, async () => {
    const random = seededRandom(SEED);
    const acknowledged: Acknowledged = { ids: new Set(), refused: 0 };
    let slowestStartMs = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const startedAt = performance.now();
      await using product = await startProduct({ data, args: ['--examples'], readyWithinMs: 120_000 });
      slowestStartMs = Math.max(slowestStartMs, performance.now() - startedAt);
      // The first product makes the examples, the shadow among them; the others find them.
      await waitFor('the examples to answer', async () => (await ask(`${product.url}/readyz`)).status === 200, 90_000);
      const before = acknowledged.ids.size;
      const clients = Array.from({ length: CLIENTS }, (_, i) => client(product.url, i % 4 === 0 ? BATCH : ROW, acknowledged));
      await waitFor(`a first answer in round ${round}`, () => acknowledged.ids.size > before);
      const killed = new Promise<void>((resolve) => setTimeout(() => void product.kill9().then(resolve), random() * 800));
      await Promise.all([killed, ...clients]);
    }
    expect(acknowledged.refused).toBe(0);

    await using product = await startProduct({ data, args: ['--examples'] });
    await waitFor(
      'the index to have everything',
      async () => {
        const { text } = await ask(`${product.url}/metrics`);
        return /^events_sink_lag\{sink="index"\} 0$/mu.test(text);
      },
      // Products that lived for a second each under full load have left the index most of their events.
      60_000 + 2000 * ROUNDS,
    );
    const rows = await everything(product.url);
    const times = new Map<string, number>();
    for (const { prediction_id } of rows) times.set(prediction_id, (times.get(prediction_id) ?? 0) + 1);
    const lost = [...acknowledged.ids].filter((id) => !times.has(id));
    const doubled = [...times].filter(([, n]) => n > 1);
    console.log(
      `kill -9 × ${ROUNDS}: ${acknowledged.ids.size} acknowledged, ${lost.length} lost, ${doubled.length} doubled, slowest start ${(slowestStartMs / 1000).toFixed(1)} s`,
    );
    expect(lost).toEqual([]);
    expect(doubled).toEqual([]);

    const shadows = rows.filter((row) => row.role === 'shadow');
    expect(new Set(shadows.map((row) => row.paired_with)).size).toBe(shadows.length);
    expect(shadows.filter((row) => row.paired_with === null || !times.has(row.paired_with))).toEqual([]);

    const count = async (query: string): Promise<number> =>
      ((await ask(`${product.url}/api/v1/predictions/count?${query}`)).json as { count: number }).count;
    expect(await count('')).toBe(rows.length);
    expect(await count('variant=shadow')).toBe(shadows.length);
    expect(await count('variant=primary')).toBe(rows.length - shadows.length);
    console.log(`recorded: ${rows.length - shadows.length} answers and ${shadows.length} shadows of them`);
  });
});
