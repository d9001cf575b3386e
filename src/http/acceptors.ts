import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { pause } from '#kernel/retry.ts';

/** Listening sockets, accepting for an HTTP server, that come from and go to other processes. */
export class Acceptors {
  readonly #server: HttpServer;
  readonly #open = new Set<Server>();
  /** Of acceptors that were given up: resolved when their last connection has ended. */
  readonly #left = new Set<Promise<void>>();
  readonly #sockets = new WeakMap<Socket, Server>();

  constructor(server: HttpServer) {
    this.#server = server;
  }

  /** Answers the connections that `acceptor` accepts from now on. */
  add(acceptor: Server): void {
    this.#open.add(acceptor);
    acceptor.on('connection', (socket) => {
      this.#sockets.set(socket, acceptor);
      // What an HTTP server does for connections that it accepts itself.
      socket.setNoDelay(true);
      socket.allowHalfOpen = true;
      this.#server.emit('connection', socket);
    });
  }

  /** Accepts no more from this one here. A socket that another process holds too goes on there; connections that were accepted stay. */
  hand(acceptor: Server): void {
    if (!this.#open.delete(acceptor)) return;
    const left = new Promise<void>((resolve) => acceptor.close(() => resolve()));
    this.#left.add(left);
    void left.then(() => this.#left.delete(left));
  }

  /** Accepts no more at all, and waits up to `waitMs` until the last connection has ended. */
  async release(waitMs: number): Promise<void> {
    for (const acceptor of this.#open) this.hand(acceptor);
    const giveUp = new AbortController();
    await Promise.race([Promise.all(this.#left), pause(waitMs, giveUp.signal)]);
    giveUp.abort();
  }

  /** Whether the acceptor of a connection has gone to another process: its client is better served there. */
  isLeft(socket: Socket): boolean {
    const acceptor = this.#sockets.get(socket);
    return acceptor !== undefined && !this.#open.has(acceptor);
  }

  /** Whether a connection came in by one of these. */
  has(socket: Socket): boolean {
    return this.#sockets.has(socket);
  }
}
