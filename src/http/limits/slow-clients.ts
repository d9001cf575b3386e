import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** What a client that is too slow with its request gets, as node's own servers answer it. */
const TOO_SLOW = 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Ends the connection when the body has not come whole within `ms`, however slowly it goes on coming: what came of it is held in memory meanwhile. */
export function boundBody(req: IncomingMessage, res: ServerResponse, ms: number): void {
  if (req.complete) return;
  const end = (): void => {
    if (res.headersSent) req.socket.destroy();
    else endTooSlow(req.socket);
  };
  const late = setTimeout(end, ms).unref();
  const clear = (): void => clearTimeout(late);
  req.once('end', clear).once('close', clear);
}

/** For a connection on which no answer has begun. */
export function endTooSlow(socket: Socket): void {
  socket.write(TOO_SLOW);
  socket.destroySoon();
}

const NOTHING_WAITS = Number.NEGATIVE_INFINITY;

/** Grows with what the client takes: node counts a write as waiting until all of it is gone, its handle counts the bytes that are left of it. */
function takenOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  if (socket.writableLength === 0) return NOTHING_WAITS;
  return socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
}

/**
 * Watches connections whose answers wait to be read: one whose client has taken nothing for `stallMs` is cut, and with it goes the memory of the answer.
 * A client that reads slowly goes on.
 *
 * @returns what ends the watch
 */
export function cutStalled(server: Server, stallMs: number): () => void {
  const open = new Map<Socket, { taken: number; sinceMs: number }>();
  server.on('connection', (socket: Socket) => {
    open.set(socket, { taken: NOTHING_WAITS, sinceMs: 0 });
    socket.once('close', () => open.delete(socket));
  });
  const look = (): void => {
    const now = performance.now();
    for (const [socket, seen] of open) {
      const taken = takenOf(socket);
      if (taken === NOTHING_WAITS || taken !== seen.taken) {
        seen.taken = taken;
        seen.sinceMs = now;
      } else if (now - seen.sinceMs > stallMs) socket.destroy();
    }
  };
  const timer = setInterval(look, Math.min(5000, Math.ceil(stallMs / 4))).unref();
  return () => clearInterval(timer);
}
