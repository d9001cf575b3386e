import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { KnownError } from '#kernel/errors.ts';
import type { Intake, IntakeAccount } from './intake.ts';

export interface StreamIntake {
  /** Whether a stream is one of the server that is watched: others of this process are not touched. */
  readonly isOurs: (stream: ServerHttp2Stream) => boolean;
  readonly intake: Intake;
}

const CHANNEL = 'http2.server.stream.start';
/** Before each message stand a flag and the length, 4 bytes big-endian (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;
const RESOURCE_EXHAUSTED = '8';

/**
 * Holds an account of messages that are on their way in: a gRPC server has them only when they are whole, when it is too late to refuse them. A message that
 * has come counts no more here, as its handler then counts it.
 *
 * @returns what ends it
 */
export function boundStreams({ isOurs, intake }: StreamIntake): () => void {
  const begin = (message: unknown): void => {
    const { stream } = message as { stream: ServerHttp2Stream };
    if (!isOurs(stream)) return;
    const account = intake.open();
    const incoming = new IncomingMessages(account);
    stream.once('close', () => account.close());
    // With the first listener data begin to flow: this one must not come before the server's own.
    stream.on('newListener', function follow(event: string) {
      if (event !== 'data') return;
      stream.off('newListener', follow);
      stream.on('data', (bytes: Buffer) => {
        try {
          incoming.take(bytes);
        } catch (error) {
          refuse(stream, error);
        }
      });
    });
  };
  subscribe(CHANNEL, begin);
  return () => unsubscribe(CHANNEL, begin);
}

/** The lengths of the messages of a stream, read on the way. */
class IncomingMessages {
  readonly #account: IntakeAccount;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #missing = 0;
  #held = 0;

  constructor(account: IntakeAccount) {
    this.#account = account;
  }

  /** @throws INFLIGHT_BYTES_EXCEEDED */
  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#missing === 0) {
        at += this.#takePrefix(bytes, at);
        continue;
      }
      const part = Math.min(this.#missing, bytes.length - at);
      at += part;
      this.#missing -= part;
      if (this.#missing > 0) {
        this.#account.take(part);
        this.#held += part;
      } else this.#giveBack();
    }
  }

  #takePrefix(bytes: Buffer, at: number): number {
    const part = bytes.copy(this.#prefix, this.#prefixBytes, at, Math.min(bytes.length, at + PREFIX_BYTES - this.#prefixBytes));
    this.#prefixBytes += part;
    if (this.#prefixBytes < PREFIX_BYTES) return part;
    this.#prefixBytes = 0;
    this.#missing = this.#prefix.readUInt32BE(1);
    this.#account.expect(this.#missing);
    return part;
  }

  #giveBack(): void {
    this.#account.giveBack(this.#held);
    this.#held = 0;
  }
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.closed || stream.destroyed) return;
  if (stream.headersSent) {
    // gRPC's clients read this as RESOURCE_EXHAUSTED too.
    stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  const message = error instanceof KnownError ? error.message : 'Internal error';
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-status': RESOURCE_EXHAUSTED,
      'grpc-message': encodeURIComponent(message),
    },
    { endStream: true },
  );
  // The caller need not send the rest.
  stream.close(constants.NGHTTP2_NO_ERROR);
}
