import type { IncomingHttpHeaders, Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Intake } from '../limits/intake.ts';
import type { Principal } from '../route.ts';
import { type DirectCall, DirectConnection, type DirectHandler, type DirectHost } from './connection.ts';

/** Larger bodies are rare and cost far more to score than to read: they take the ordinary way. */
const MAX_BODY_BYTES = 256 * 1024;
const SWEEP_MS = 5000;

export interface DirectOptions {
  /** Longest time that a connection may stand still, milliseconds. */
  readonly idleMs: number;
  /** Longest time that a body may take to come, milliseconds. */
  readonly bodyMs: number;
  /** Who calls. @throws when the request must be refused */
  readonly admit: (headers: IncomingHttpHeaders) => Principal;
  readonly intake: Intake;
}

/** Stands before a node:http server: new connections come here first, and go on to the server at the first request that no direct handler takes. */
export class DirectConnections implements DirectHost {
  readonly maxBodyBytes = MAX_BODY_BYTES;
  readonly #options: DirectOptions;
  readonly #handlers: DirectHandler[] = [];
  readonly #connections = new Set<DirectConnection>();
  readonly #server: Server;
  readonly #ordinary: (socket: Socket) => void;
  readonly #sweep: NodeJS.Timeout;
  #open = true;
  #dateMs = 0;
  #date = '';
  /** Requests that were taken here. */
  taken = 0;

  constructor(server: Server, options: DirectOptions) {
    this.#server = server;
    this.#options = options;
    const [ordinary] = server.listeners('connection') as ((socket: Socket) => void)[];
    if (ordinary === undefined) throw new Error('an HTTP server without its own connection listener');
    this.#ordinary = ordinary;
    server.removeListener('connection', ordinary);
    server.on('connection', (socket: Socket) => {
      if (this.#open && this.#handlers.length > 0) this.#connections.add(new DirectConnection(this, socket));
      else ordinary.call(server, socket);
    });
    this.#sweep = setInterval(() => this.#closeIdle(), Math.min(SWEEP_MS, Math.ceil(options.bodyMs / 4))).unref();
  }

  get intake(): Intake {
    return this.#options.intake;
  }

  get open(): boolean {
    return this.#open;
  }

  add(handler: DirectHandler): void {
    this.#handlers.push(handler);
  }

  find(path: string, headers: IncomingHttpHeaders): ((call: DirectCall) => void) | undefined {
    for (const handler of this.#handlers) {
      const taker = handler(path, headers);
      if (taker === undefined) continue;
      this.taken++;
      return taker;
    }
    return undefined;
  }

  admit(headers: IncomingHttpHeaders): Principal {
    return this.#options.admit(headers);
  }

  /** Made once a second. */
  dateLine(): string {
    const nowMs = Date.now();
    if (nowMs - this.#dateMs >= 1000 || nowMs < this.#dateMs) {
      this.#dateMs = nowMs - (nowMs % 1000);
      this.#date = `date: ${new Date(nowMs).toUTCString()}\r\n`;
    }
    return this.#date;
  }

  handOver(connection: DirectConnection, socket: Socket): void {
    this.#connections.delete(connection);
    this.#ordinary.call(this.#server, socket);
  }

  closed(connection: DirectConnection): void {
    this.#connections.delete(connection);
  }

  /** Gives these connections to the ordinary server at their next request. */
  leave(isLeft: (socket: Socket) => boolean): void {
    for (const connection of this.#connections) connection.leaveIf(isLeft);
  }

  /** From now on requests go to the ordinary server, which tells callers that their connection ends. */
  refuse(): void {
    this.#open = false;
  }

  /** Ends what stands still, now and as soon as the rest is answered. */
  end(): void {
    clearInterval(this.#sweep);
    for (const connection of this.#connections) connection.close();
  }

  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #closeIdle(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      const { idleSince, isReading } = connection;
      const { idleMs, bodyMs } = this.#options;
      if (idleSince === undefined || now - idleSince <= (isReading ? bodyMs : idleMs)) continue;
      if (isReading) connection.endTooSlow();
      else connection.destroy();
    }
  }
}
