import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { call, ready } from './loop-story.ts';

const REQUESTS = 5000;
const MOVES = 8;
const CONNECTIONS = 16;
const ROW = JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] });

interface Answered {
  readonly version: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** A version may answer from the moment its move was asked for until the next move is known to be done. */
interface Reign {
  readonly version: string;
  readonly askedAt: number;
  doneAt: number;
}

interface Traffic {
  readonly answers: Answered[];
  readonly failures: string[];
  readonly sockets: Set<Socket>;
}

/** One request after the other on one connection that stays open. */
async function client(url: string, to: Traffic, isOver: () => boolean): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!isOver()) {
    const sentAt = performance.now();
    const sent = request(`${url}/predict`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } });
    sent.on('socket', (socket: Socket) => to.sockets.add(socket)).end(ROW);
    try {
      const { status, text } = await read(sent);
      const { model_version: version } = JSON.parse(text) as { model_version: string };
      if (status === 200) to.answers.push({ version, sentAt, answeredAt: performance.now() });
      else to.failures.push(`${status} ${text}`);
    } catch (error) {
      to.failures.push(String(error));
    }
  }
  agent.destroy();
}

function read(sent: ClientRequest): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    sent.once('error', reject).once('response', (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject).once('end', () => resolve({ status: response.statusCode, text }));
    });
  });
}

interface View {
  readonly variants: readonly { readonly role: string; readonly model_name: string; readonly version: string | null }[];
}

test('5,000 requests over 8 moves of the alias: none fails, and every answer is of a version that was live', {
  timeout: 180_000,
}, async () => {
  await using product = await startProduct({ args: ['--examples'], env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
  const { url } = product;
  await ready({ core: url, serving: url });
  const view = async () => (await call<View>('GET', `${url}/api/v1/deployments/iris`)).variants;
  const primary = async () => (await view()).find((v) => v.role === 'primary');
  const versions = (await view()).map((v) => v.version as string);
  expect(versions).toHaveLength(2);
  const name = (await primary())?.model_name;

  const reigns: Reign[] = [{ version: (await primary())?.version as string, askedAt: 0, doneAt: 0 }];
  const traffic: Traffic = { answers: [], failures: [], sockets: new Set() };
  const isOver = () => traffic.answers.length + traffic.failures.length >= REQUESTS && reigns.length > MOVES;
  const clients = Array.from({ length: CONNECTIONS }, () => client(url, traffic, isOver));
  for (let move = 1; move <= MOVES; move++) {
    await waitFor(`the requests before move ${move}`, () => traffic.answers.length >= (move * REQUESTS) / (MOVES + 1), 60_000);
    const version = versions.find((v) => v !== reigns.at(-1)?.version) as string;
    const reign = { version, askedAt: performance.now(), doneAt: Number.POSITIVE_INFINITY };
    await call('POST', `${url}/api/2.0/mlflow/registered-models/alias`, { name, alias: 'production', version });
    await waitFor(`version ${version} to be live`, async () => (await primary())?.version === version);
    reign.doneAt = performance.now();
    reigns.push(reign);
  }
  await Promise.all(clients);

  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.length).toBeGreaterThanOrEqual(REQUESTS);
  expect(traffic.sockets.size).toBe(CONNECTIONS);
  const wasLive = ({ version, sentAt, answeredAt }: Answered): boolean =>
    reigns.some((reign, i) => reign.version === version && answeredAt >= reign.askedAt && sentAt <= (reigns[i + 1]?.doneAt ?? Infinity));
  expect(traffic.answers.filter((answer) => !wasLive(answer))).toEqual([]);
  // Between two moves only one version answers, so that both must have been seen often.
  for (const version of versions) expect(traffic.answers.filter((a) => a.version === version).length).toBeGreaterThan(REQUESTS / 4);
});
