// A load generator in a process of its own: raw sockets with keep-alive, because an HTTP client costs more than the servers that are measured.
// Told by its parent what to do (LoadOrder), answers with what it saw (LoadReport).
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second, sent on time whatever the answers do; absent: each connection asks again as soon as it is answered. */
  readonly rate?: number;
  /** Sleep a little instead of watching the clock all the time: a core stays free for the server's other threads. */
  readonly sleeps?: boolean;
}

export interface LoadReport {
  readonly requests: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Latencies in milliseconds, in memory taken at once: a growing list would stop the sender to be collected. */
class Latencies {
  #values = new Float64Array(1 << 20);
  #length = 0;

  add(ms: number): void {
    if (this.#length === this.#values.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length++] = ms;
  }

  sorted(): Float64Array {
    return this.#values.subarray(0, this.#length).sort();
  }
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /^content-length: *(\d+)/imu;

class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #sentAt: number[] = [];
  readonly #latencies: Latencies;
  #received: Buffer = Buffer.alloc(0);
  failed = 0;
  onAnswer: (() => void) | undefined;

  constructor(port: number, request: Buffer, latencies: Latencies) {
    this.#request = request;
    this.#latencies = latencies;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (part: Buffer) => this.#read(part));
    this.#socket.on('error', () => {
      this.failed++;
    });
  }

  ready(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('connect', () => resolve()));
  }

  get waiting(): number {
    return this.#sentAt.length;
  }

  send(dueAt = performance.now()): void {
    this.#sentAt.push(dueAt);
    this.#socket.write(this.#request);
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(part: Buffer): void {
    this.#received = this.#received.length === 0 ? part : Buffer.concat([this.#received, part]);
    for (;;) {
      const head = this.#received.indexOf(HEAD_END);
      if (head < 0) return;
      const text = this.#received.toString('latin1', 0, head);
      const end = head + HEAD_END.length + Number(LENGTH.exec(text)?.[1] ?? 0);
      if (this.#received.length < end) return;
      if (!text.startsWith('HTTP/1.1 2')) this.failed++;
      this.#latencies.add(performance.now() - (this.#sentAt.shift() as number));
      this.#received = this.#received.length === end ? NOTHING : this.#received.subarray(end);
      this.onAnswer?.();
    }
  }
}

const NOTHING = Buffer.alloc(0);

/** Shorter than the loop's timers can: what is due goes in small groups, and an answer is seen so much too late at the most. */
const NAP_MS = 0.2;
const never = new Int32Array(new SharedArrayBuffer(4));

async function run(order: LoadOrder): Promise<LoadReport> {
  const head = `POST ${order.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(order.body)}\r\n\r\n`;
  const request = Buffer.from(head + order.body);
  const latencies = new Latencies();
  const connections = Array.from({ length: order.connections }, () => new Connection(order.port, request, latencies));
  await Promise.all(connections.map((c) => c.ready()));
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1000;
  if (order.rate === undefined) await closedLoop(connections, endsAt);
  else await openLoop(connections, { startedAt, endsAt, rate: order.rate, sleeps: order.sleeps === true });
  const seconds = (performance.now() - startedAt) / 1000;
  const failed = connections.reduce((sum, c) => sum + c.failed, 0);
  for (const c of connections) c.end();
  const sorted = latencies.sorted();
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
  return { requests: sorted.length, failed, seconds, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

function closedLoop(connections: readonly Connection[], endsAt: number): Promise<void> {
  return new Promise((resolve) => {
    let open = connections.length;
    for (const connection of connections) {
      connection.onAnswer = () => {
        if (performance.now() < endsAt) connection.send();
        else if (--open === 0) resolve();
      };
      connection.send();
    }
  });
}

/** Requests go to the connection with the fewest open answers; a latency counts from when the request was due. */
async function openLoop(
  connections: readonly Connection[],
  { startedAt, endsAt, rate, sleeps }: { startedAt: number; endsAt: number; rate: number; sleeps: boolean },
): Promise<void> {
  let sent = 0;
  while (performance.now() < endsAt) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
    for (; sent < due; sent++) {
      idlestOf(connections, sent).send(startedAt + (sent / rate) * 1000);
    }
    if (sleeps) Atomics.wait(never, 0, 0, NAP_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const giveUpAt = performance.now() + 5000;
  while (connections.some((c) => c.waiting > 0) && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The one with the fewest open answers; the search starts at another one each time, and ends at the first that has none. */
function idlestOf(connections: readonly Connection[], start: number): Connection {
  let best = connections[start % connections.length] as Connection;
  for (let i = 1; i < connections.length && best.waiting > 0; i++) {
    const other = connections[(start + i) % connections.length] as Connection;
    if (other.waiting < best.waiting) best = other;
  }
  return best;
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((report) => process.send?.(report));
});
