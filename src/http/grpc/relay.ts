import {
  type CallOptions,
  Client,
  credentials,
  type handleBidiStreamingCall,
  type Metadata,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';

type Unary = ServerUnaryCall<Buffer, Buffer>;

export interface RelayOptions {
  /** Unix socket of who answers what is not answered here. */
  readonly path: string;
  readonly maxMessageBytes: number;
  /** @param metadata value of a name in the call's metadata */
  readonly isAnsweredHere: (method: string, request: Uint8Array, metadata: (name: string) => string | undefined) => boolean;
}

/** Passes calls on to another process of this program, as they came: that one makes the checks. */
export class GrpcRelay {
  readonly #options: RelayOptions;
  readonly #client: Client;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#client = new Client(`unix:${options.path}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': options.maxMessageBytes,
      // It may be making its socket yet.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.service_config_disable_resolution': 1,
    });
  }

  isAnsweredHere(method: string, { request, metadata }: Unary): boolean {
    return this.#options.isAnsweredHere(method, request, (name) => metadata.get(name)[0]?.toString());
  }

  unary(path: string, call: Unary, done: sendUnaryData<Buffer>): void {
    const passed = this.#client.makeUnaryRequest(path, asIs, asIs, call.request, kept(call.metadata), optionsOf(call), (error, answer) =>
      error ? done({ code: error.code, details: error.details, metadata: error.metadata }) : done(null, answer as Buffer),
    );
    call.on('cancelled', () => passed.cancel());
  }

  duplex(path: string): handleBidiStreamingCall<Buffer, Buffer> {
    return (call) => {
      const passed = this.#client.makeBidiStreamRequest(path, asIs, asIs, kept(call.metadata), optionsOf(call));
      join(call, passed);
      join(passed, call);
      passed.on('error', (error) => call.emit('error', error));
      call.on('cancelled', () => passed.cancel());
    };
  }

  close(): void {
    this.#client.close();
  }
}

interface Source {
  on(event: 'data', take: (bytes: Buffer) => void): unknown;
  on(event: 'end', end: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}
interface Target {
  write(bytes: Buffer): boolean;
  end(): unknown;
  once(event: 'drain', go: () => void): unknown;
}

/** The streams of the library are no streams to the types of node's. */
function join(from: Source, to: Target): void {
  from.on('data', (bytes) => {
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.on('end', () => to.end());
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Names of the connection, not of the call, are made anew. */
function kept(metadata: Metadata): Metadata {
  const copy = metadata.clone();
  for (const name of ['user-agent', 'grpc-accept-encoding', 'grpc-encoding', 'accept-encoding', 'content-type', 'te']) copy.remove(name);
  return copy;
}

function optionsOf(call: { getDeadline(): Date | number }): CallOptions {
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(at) ? { deadline } : {};
}
