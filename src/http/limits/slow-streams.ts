import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';

export interface StreamLimits {
  /** Whether a stream is one of the server that is watched: others of this process are not touched. */
  readonly isOurs: (stream: ServerHttp2Stream) => boolean;
  /** Whether a call on this path may go on sending as long as it likes. */
  readonly isEndless: (path: string) => boolean;
  /** Longest time that a request may take to come whole, milliseconds. */
  readonly bodyMs: number;
  /** After this a stream is cut whose client takes nothing of its answer, milliseconds. */
  readonly stallMs: number;
}

/** Of one stream: what waits to be taken, what its connection has sent by then, and since when both have not moved. */
interface Seen {
  readonly isEndless: boolean;
  readonly startedMs: number;
  waiting: number;
  sent: number;
  sinceMs: number;
  waitingSinceMs: number;
}

/** Frames that carry no data (settings, pings) are no progress of an answer. */
const MIN_PROGRESS_BYTES = 1000;
/** One write is taken as a whole, so a slow reader of a large answer is seen only by what its connection sends; that is believed for so many times as long. */
const MAX_STALLS = 10;

/**
 * Watches the calls of an HTTP/2 server, as `cutStalled` and `boundBody` do for HTTP/1: node tells of every stream on a diagnostics channel, so no library in
 * between need know. A call that is cut ends with RST_STREAM (CANCEL); others on its connection go on.
 *
 * @returns what ends the watch
 */
export function cutSlowStreams({ isOurs, isEndless, bodyMs, stallMs }: StreamLimits): () => void {
  const open = new Map<ServerHttp2Stream, Seen>();
  const begin = (message: unknown): void => {
    const { stream, headers } = message as { stream: ServerHttp2Stream; headers: IncomingHttpHeaders };
    if (!isOurs(stream)) return;
    const now = performance.now();
    const path = String(headers[':path' as keyof IncomingHttpHeaders] ?? '');
    open.set(stream, { isEndless: isEndless(path), startedMs: now, waiting: 0, sent: 0, sinceMs: now, waitingSinceMs: now });
    stream.once('close', () => open.delete(stream));
  };
  const look = (): void => {
    const now = performance.now();
    for (const [stream, seen] of open) {
      const isLate = !seen.isEndless && !stream.readableEnded && !stream.endAfterHeaders && now - seen.startedMs > bodyMs;
      if (isLate || isStalled(stream, seen, { now, stallMs })) stream.close(constants.NGHTTP2_CANCEL);
    }
  };
  subscribe(CHANNEL, begin);
  const timer = setInterval(look, Math.min(5000, Math.ceil(Math.min(bodyMs, stallMs) / 4))).unref();
  return () => {
    unsubscribe(CHANNEL, begin);
    clearInterval(timer);
  };
}

const CHANNEL = 'http2.server.stream.start';

function isStalled(stream: ServerHttp2Stream, seen: Seen, { now, stallMs }: { now: number; stallMs: number }): boolean {
  const waiting = stream.writableLength;
  const sent = stream.session?.socket.bytesWritten ?? 0;
  if (waiting === 0 || waiting !== seen.waiting) {
    seen.waiting = waiting;
    seen.waitingSinceMs = now;
  }
  if (waiting === 0 || seen.waitingSinceMs === now || sent - seen.sent > MIN_PROGRESS_BYTES) {
    seen.sent = sent;
    seen.sinceMs = now;
    return waiting > 0 && now - seen.waitingSinceMs > MAX_STALLS * stallMs;
  }
  return now - seen.sinceMs > stallMs;
}
