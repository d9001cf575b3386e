// Sends requests on time whatever the answers do, and tells answers from refusals. As load-child.ts in a process of its own and on raw sockets.
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface OverloadOrder {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second. */
  readonly rate: number;
  /** Requests go out behind those that are not answered yet; else each connection has one at a time, and one that finds none free is not sent. */
  readonly pipelined: boolean;
}

export interface OverloadReport {
  readonly sent: number;
  /** Found no free connection. */
  readonly unsent: number;
  /** Answers with success that came while requests were being sent, and in all. */
  readonly answeredInTime: number;
  readonly answered: number;
  readonly refused: number;
  readonly refusedWithoutRetryAfter: number;
  /** Any other status, and connections that were lost. */
  readonly failed: number;
  readonly failure: string | undefined;
  readonly answeredMs: Percentiles;
  readonly refusedMs: Percentiles;
  /** How late this process was with sending, milliseconds, at worst. */
  readonly lateMs: number;
}

/** Null of nothing. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

interface Tally {
  endsAt: number;
  answeredInTime: number;
  failed: number;
  failure: string | undefined;
  refusedWithoutRetryAfter: number;
  readonly answeredMs: number[];
  readonly refusedMs: number[];
}

const HEAD_END = '\r\n\r\n';

class Connection {
  readonly #socket: Socket;
  readonly #tally: Tally;
  readonly #sentAt: number[] = [];
  #received: Buffer = Buffer.alloc(0);
  onFree: ((connection: Connection) => void) | undefined;

  constructor(port: number, tally: Tally) {
    this.#tally = tally;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (part: Buffer) => this.#read(part));
    this.#socket.on('error', (error) => this.#lost(error.message));
    this.#socket.on('close', () => this.#lost('closed'));
  }

  ready(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('connect', () => resolve()));
  }

  get waiting(): number {
    return this.#sentAt.length;
  }

  send(bytes: Buffer, times: number): void {
    const now = performance.now();
    for (let i = 0; i < times; i++) this.#sentAt.push(now);
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #lost(why: string): void {
    if (this.#sentAt.length === 0) return;
    this.#tally.failed += this.#sentAt.splice(0).length;
    this.#tally.failure ??= why;
  }

  #read(part: Buffer): void {
    let rest = this.#received.length === 0 ? part : Buffer.concat([this.#received, part]);
    for (;;) {
      const head = rest.indexOf(HEAD_END);
      if (head < 0) break;
      const text = rest.toString('latin1', 0, head);
      const length = Number(/content-length: (\d+)/iu.exec(text)?.[1] ?? 0);
      const end = head + HEAD_END.length + length;
      if (rest.length < end) break;
      this.#count(text, rest.subarray(head, end));
      rest = rest.subarray(end);
    }
    this.#received = rest;
  }

  #count(head: string, body: Buffer): void {
    const tally = this.#tally;
    const now = performance.now();
    const tookMs = now - (this.#sentAt.shift() as number);
    const status = head.slice(9, 12);
    if (status === '200') {
      tally.answeredMs.push(tookMs);
      if (now <= tally.endsAt) tally.answeredInTime++;
    } else if (status === '429') {
      tally.refusedMs.push(tookMs);
      if (!/retry-after: \d/iu.test(head)) tally.refusedWithoutRetryAfter++;
    } else {
      tally.failed++;
      tally.failure ??= `${status} ${body.toString()}`.slice(0, 300);
    }
    this.onFree?.(this);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function run(order: OverloadOrder): Promise<OverloadReport> {
  const head = `POST ${order.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(order.body)}\r\n\r\n`;
  const request = Buffer.from(head + order.body);
  const tally: Tally = {
    ...{ endsAt: 0, answeredInTime: 0, failed: 0, failure: undefined, refusedWithoutRetryAfter: 0, answeredMs: [], refusedMs: [] },
  };
  const connections = Array.from({ length: order.connections }, () => new Connection(order.port, tally));
  await Promise.all(connections.map((c) => c.ready()));
  tally.endsAt = performance.now() + order.seconds * 1000;
  const sending = order.pipelined ? pipelined : oneEach;
  const sent = await sending(connections, request, { rate: order.rate, endsAt: tally.endsAt });
  const giveUpAt = performance.now() + 10_000;
  while (connections.some((c) => c.waiting > 0) && performance.now() < giveUpAt) await pause(10);
  for (const c of connections) c.end();
  return {
    ...sent,
    answeredInTime: tally.answeredInTime,
    answered: tally.answeredMs.length,
    refused: tally.refusedMs.length,
    refusedWithoutRetryAfter: tally.refusedWithoutRetryAfter,
    failed: tally.failed,
    failure: tally.failure,
    answeredMs: percentiles(tally.answeredMs),
    refusedMs: percentiles(tally.refusedMs),
  };
}

interface Pace {
  readonly rate: number;
  readonly endsAt: number;
}
type Sent = Pick<OverloadReport, 'sent' | 'unsent' | 'lateMs'>;

async function oneEach(connections: readonly Connection[], request: Buffer, pace: Pace): Promise<Sent> {
  const free = [...connections];
  for (const connection of connections) connection.onFree = (c) => free.push(c);
  let unsent = 0;
  const { sent, lateMs } = await paced(pace, (n) => {
    for (let i = 0; i < n; i++) {
      const connection = free.pop();
      if (connection) connection.send(request, 1);
      else unsent++;
    }
  });
  return { sent: sent - unsent, unsent, lateMs };
}

async function pipelined(connections: readonly Connection[], request: Buffer, pace: Pace): Promise<Sent> {
  const each = connections.length;
  let next = 0;
  const sent = await paced(pace, (n) => {
    const share = Math.ceil(n / each);
    const bytes = share === 1 ? request : Buffer.concat(Array.from({ length: share }, () => request));
    for (let left = n; left > 0; left -= share) {
      const times = Math.min(share, left);
      const connection = connections[next++ % each] as Connection;
      connection.send(times === share ? bytes : bytes.subarray(0, times * request.length), times);
    }
  });
  return { ...sent, unsent: 0 };
}

/** Wakes each millisecond and sends what is due. */
async function paced({ rate, endsAt }: Pace, send: (n: number) => void): Promise<{ sent: number; lateMs: number }> {
  const startedAt = performance.now();
  let sent = 0;
  let lateMs = 0;
  let before = startedAt;
  while (performance.now() < endsAt) {
    const now = performance.now();
    lateMs = Math.max(lateMs, now - before - 1);
    before = now;
    const due = Math.floor(((now - startedAt) / 1000) * rate);
    if (due > sent) send(due - sent);
    sent = due;
    await pause(1);
  }
  return { sent, lateMs };
}

function percentiles(values: number[]): Percentiles {
  values.sort((a, b) => a - b);
  const at = (q: number): number | null => values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? null;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

process.on('message', (order: OverloadOrder) => {
  void run(order).then((report) => process.send?.(report));
});
