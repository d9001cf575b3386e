import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Intake, IntakeAccount } from '../limits/intake.ts';
import { endTooSlow } from '../limits/slow-clients.ts';
import type { Principal } from '../route.ts';
import { type PlainHead, readPlainHead } from './head.ts';

/** A request as a direct handler gets it, read whole. */
export interface DirectCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly principal: Principal;
  readonly socket: Socket;
  /** performance.now() when its first byte was seen. */
  readonly arrivedAt: number;
  /** Sends the answer; to be called once. @param headers name, value, name, value … in ASCII; Date and Content-Length are added */
  readonly reply: (status: number, headers: readonly string[], body: string | Uint8Array) => void;
}

/** Says who takes a path with these headers, before the body is read; undefined leaves the request to the ordinary server. */
export type DirectHandler = (path: string, headers: IncomingHttpHeaders) => ((call: DirectCall) => void) | undefined;

export interface DirectHost {
  /** Whether the server takes new work, and so answers may promise that the connection stays open. */
  readonly open: boolean;
  /** Longest body that is gathered here, bytes. */
  readonly maxBodyBytes: number;
  /** What bodies hold that are not here yet as a whole. */
  readonly intake: Intake;
  find(path: string, headers: IncomingHttpHeaders): ((call: DirectCall) => void) | undefined;
  /** The Date field line of RFC 9110 §6.6.1 with its line end. */
  dateLine(): string;
  /** @throws when the request may not come in at all */
  admit(headers: IncomingHttpHeaders): Principal;
  /** Gives the connection to the ordinary HTTP server, which then owns it. */
  handOver(connection: DirectConnection, socket: Socket): void;
  closed(connection: DirectConnection): void;
}

const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 8192;
/** What a client may send before it has its answer; it is not read further then. */
const MAX_HELD_BYTES = 64 * 1024;

/**
 * One connection of a caller that asks for predictions in the plainest way: POST, a few known headers, a body of known length. Its requests are read from the
 * socket and answered to it without the objects and streams that node:http makes for each, which cost more than the prediction itself. At the first
 * request that is anything else the connection goes to node:http, bytes and all, and stays there.
 */
export class DirectConnection {
  readonly #host: DirectHost;
  readonly #socket: Socket;
  #head: PlainHead | undefined;
  /** The beginning of a request whose body is not here yet. */
  #parts: Buffer[] = [];
  #missing = 0;
  #account: IntakeAccount | undefined;
  #taker: ((call: DirectCall) => void) | undefined;
  #principal: Principal | undefined;
  /** Came while a request was being answered. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #busy = false;
  #ended = false;
  #leaves = false;
  #arrivedAt = performance.now();

  constructor(host: DirectHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** Whether a request has begun whose body is not here yet. */
  get isReading(): boolean {
    return this.#missing > 0;
  }

  /** Since when nothing came, on performance.now(), or since when a body is coming; undefined while a request is being answered. */
  get idleSince(): number | undefined {
    return this.#busy ? undefined : this.#arrivedAt;
  }

  /** Its next request goes to the ordinary server. */
  leaveIf(isLeft: (socket: Socket) => boolean): void {
    this.#leaves ||= isLeft(this.#socket);
  }

  /** Ends the connection as soon as nothing is being answered on it. */
  close(): void {
    this.#ended = true;
    if (!this.#busy) this.#socket.end();
  }

  endTooSlow(): void {
    endTooSlow(this.#socket);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#busy) this.#hold(chunk);
    else if (this.#missing > 0) this.#gather(chunk);
    else this.#begin(chunk);
  };

  readonly #onEnd = (): void => this.close();
  readonly #onError = (): void => this.destroy();
  readonly #onClose = (): void => {
    this.#account?.close();
    this.#host.closed(this);
  };

  #begin(chunk: Buffer): void {
    this.#arrivedAt = performance.now();
    if (!this.#takes(chunk)) this.#handOver([chunk]);
    else if (this.#missing > 0) this.#gather(chunk);
    else this.#runFirst(chunk);
  }

  /** Runs the request that these bytes begin with; what is behind it is the next one's, and has its turn after the answer. */
  #runFirst(bytes: Buffer): void {
    const { text, contentLength } = this.#head as PlainHead;
    const end = text.length + contentLength;
    this.#missing = 0;
    if (bytes.length > end) this.#hold(bytes.subarray(end));
    this.#run(bytes.subarray(text.length, end));
  }

  /** Whether the request that begins with these bytes can be answered here; then its head, taker and caller are known. */
  #takes(chunk: Buffer): boolean {
    const head = this.#headOf(chunk);
    if (head === undefined || this.#leaves || !this.#host.open || head.contentLength > this.#host.maxBodyBytes) return false;
    this.#missing = head.text.length + head.contentLength - chunk.length;
    this.#taker = this.#host.find(head.path, head.headers);
    if (this.#taker === undefined) return false;
    try {
      this.#principal = this.#host.admit(head.headers);
    } catch {
      // The ordinary server refuses it in the same way and says so.
      return false;
    }
    this.#head = head;
    return true;
  }

  /** Callers repeat their heads: one comparison tells that nothing is to be read anew. */
  #headOf(chunk: Buffer): PlainHead | undefined {
    const before = this.#head;
    if (before !== undefined && chunk.toString('latin1', 0, before.text.length) === before.text) return before;
    const end = chunk.indexOf(HEAD_END, 0, 'latin1');
    return end < 0 || end > MAX_HEAD_BYTES ? undefined : readPlainHead(chunk.toString('latin1', 0, end + HEAD_END.length));
  }

  /** Where there is no room the ordinary server refuses it in its own way. */
  #gather(chunk: Buffer): void {
    const isFirst = this.#parts.length === 0;
    this.#account ??= this.#host.intake.open();
    this.#parts.push(chunk);
    if (!this.#account.tryTake(chunk.length)) {
      this.#handOver(this.#takeParts());
      return;
    }
    if (!isFirst) this.#missing -= chunk.length;
    if (this.#missing <= 0) this.#runFirst(Buffer.concat(this.#takeParts()));
  }

  #takeParts(): Buffer[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #run(body: Buffer): void {
    const { path, headers } = this.#head as PlainHead;
    this.#busy = true;
    (this.#taker as (call: DirectCall) => void)({
      path,
      headers,
      body,
      principal: this.#principal as Principal,
      socket: this.#socket,
      arrivedAt: this.#arrivedAt,
      reply: this.#reply,
    });
  }

  readonly #reply = (status: number, headers: readonly string[], body: string | Uint8Array): void => {
    const socket = this.#socket;
    this.#account?.close();
    this.#account = undefined;
    if (socket.destroyed) return;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    let head = `HTTP/1.1 ${status} ${REASONS[status] ?? 'Status'}\r\n`;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    head += `content-length: ${length}\r\n${this.#host.dateLine()}connection: ${this.#ended && this.#heldBytes === 0 ? 'close' : 'keep-alive'}\r\n\r\n`;
    if (typeof body !== 'string') {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    } else socket.write(head + body, length === body.length ? 'latin1' : 'utf8');
    if (this.#heldBytes > 0) {
      // The next request is here already. It waits for a turn of the loop, and for the reader of this answer: else answers would pile up here.
      if (socket.writableNeedDrain) socket.once('drain', this.#next);
      else setImmediate(this.#next);
      return;
    }
    this.#busy = false;
    if (this.#ended) socket.end();
    else if (socket.writableNeedDrain) this.#waitForReader();
  };

  readonly #next = (): void => {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    this.#busy = false;
    if (this.#socket.destroyed) return;
    this.#socket.resume();
    this.#begin(held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held));
  };

  #waitForReader(): void {
    this.#socket.pause();
    this.#socket.once('drain', () => this.#socket.resume());
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#socket.pause();
  }

  #handOver(bytes: readonly Buffer[]): void {
    const socket = this.#socket;
    this.#account?.close();
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
    socket.pause();
    socket.unshift(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
    this.#host.handOver(this, socket);
    socket.resume();
  }
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
};
