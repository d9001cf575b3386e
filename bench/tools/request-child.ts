// Sends one kind of request after the other over raw keep-alive sockets, in a process of its own: an HTTP client would cost as much as what is measured.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** In `path` and `body` every `{i}` becomes the number of the request. */
export interface RequestOrder {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** Random bytes as the body instead. */
  readonly bodyBytes?: number;
  readonly first: number;
  readonly connections: number;
  /** Ends after so many requests or so long, whichever comes first. */
  readonly requests: number;
  readonly seconds: number;
}

export interface RequestReport {
  readonly requests: number;
  readonly failed: number;
  readonly failure: string | undefined;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const END_OF_CHUNKS = '0\r\n\r\n';

/** One request at a time on one socket; reads the answer to its end and keeps only its head. */
class Exchange {
  readonly #socket: Socket;
  #done: ((status: number) => void) | undefined;
  #head: Buffer = Buffer.alloc(0);
  #status = 0;
  #left: number | 'chunks' | undefined;
  #tail = '';
  /** The beginning of the latest answer. */
  seen = '';

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (part: Buffer) => this.#read(part));
    this.#socket.on('error', () => this.#finish(0));
    this.#socket.on('close', () => this.#finish(0));
  }

  send(request: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #finish(status: number): void {
    const done = this.#done;
    this.#done = undefined;
    this.#head = Buffer.alloc(0);
    this.#left = undefined;
    this.#tail = '';
    done?.(status);
  }

  #read(part: Buffer): void {
    if (this.#left === undefined) this.#readHead(part);
    else this.#body(part);
  }

  #readHead(part: Buffer): void {
    this.#head = Buffer.concat([this.#head, part]);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#head.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    this.seen = this.#head.toString('utf8', 0, 600);
    this.#left = head.includes('transfer-encoding: chunked') ? 'chunks' : Number(/content-length: *(\d+)/u.exec(head)?.[1] ?? 0);
    this.#body(this.#head.subarray(end + 4));
  }

  #body(part: Buffer): void {
    if (this.#left === 'chunks') {
      this.#tail = (this.#tail + part.toString('latin1', Math.max(0, part.length - 5))).slice(-5);
      if (this.#tail === END_OF_CHUNKS) this.#finish(this.#status);
      return;
    }
    this.#left = (this.#left ?? 0) - part.length;
    if (this.#left <= 0) this.#finish(this.#status);
  }
}

function requestOf(order: RequestOrder, bytes: Buffer | undefined, i: number): Buffer {
  const path = order.path.replaceAll('{i}', String(i));
  const body = bytes ?? Buffer.from((order.body ?? '').replaceAll('{i}', String(i)));
  const type = bytes ? 'application/octet-stream' : 'application/json';
  const about = body.length > 0 ? `content-type: ${type}\r\ncontent-length: ${body.length}\r\n` : '';
  return Buffer.concat([Buffer.from(`${order.method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${order.port}\r\n${about}\r\n`), body]);
}

async function run(order: RequestOrder): Promise<RequestReport> {
  const bytes = order.bodyBytes === undefined ? undefined : randomBytes(order.bodyBytes);
  const latencies: number[] = [];
  let sent = 0;
  let failed = 0;
  let failure: string | undefined;
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1000;
  const worker = async (): Promise<void> => {
    const exchange = new Exchange(order.port);
    while (sent < order.requests && performance.now() < endsAt) {
      const request = requestOf(order, bytes, order.first + sent++);
      const at = performance.now();
      const status = await exchange.send(request);
      latencies.push(performance.now() - at);
      if (status >= 200 && status < 300) continue;
      failed++;
      failure ??= `${status} ${exchange.seen.split('\r\n\r\n')[1] ?? ''}`.slice(0, 200);
      if (status === 0) break;
    }
    exchange.close();
  };
  await Promise.all(Array.from({ length: order.connections }, worker));
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (q: number): number => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? Number.NaN;
  return { requests: latencies.length, failed, failure, seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

process.on('message', (order: RequestOrder) => {
  void run(order).then((report) => process.send?.(report));
});
