import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  type Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
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

export interface RelayedStream {
  /** @throws RelayedError */
  ask(request: Buffer): Promise<Buffer>;
  end(): void;
}

/** How the other process ended a call. */
export class RelayedError extends Error {
  readonly status: Pick<ServiceError, 'code' | 'details' | 'metadata'>;

  constructor({ code, details, metadata, message }: ServiceError) {
    super(message);
    this.status = { code, details, metadata };
  }
}

type DuplexCall = ServerDuplexStream<Buffer, Buffer>;

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

  isAnsweredHere(method: string, request: Uint8Array, metadata: Metadata): boolean {
    return this.#options.isAnsweredHere(method, request, (name) => metadata.get(name)[0]?.toString());
  }

  unary(path: string, call: Unary, done: sendUnaryData<Buffer>): void {
    const passed = this.#client.makeUnaryRequest(path, asIs, asIs, call.request, kept(call.metadata), optionsOf(call), (error, answer) =>
      error ? done({ code: error.code, details: error.details, metadata: error.metadata }) : done(null, answer as Buffer),
    );
    call.on('cancelled', () => passed.cancel());
  }

  /** Passes single messages of a stream on: each is answered once, in their order. The further stream is opened with the first. */
  stream(path: string, call: DuplexCall): RelayedStream {
    let passed: ClientDuplexStream<Buffer, Buffer> | undefined;
    const waiting: { readonly resolve: (answer: Buffer) => void; readonly reject: (error: Error) => void }[] = [];
    const open = (): ClientDuplexStream<Buffer, Buffer> => {
      const stream = this.#client.makeBidiStreamRequest(path, asIs, asIs, kept(call.metadata), optionsOf(call));
      stream.on('data', (answer: Buffer) => waiting.shift()?.resolve(answer));
      stream.on('error', (error: ServiceError) => {
        passed = undefined;
        for (const { reject } of waiting.splice(0)) reject(new RelayedError(error));
      });
      return stream;
    };
    return {
      ask: (request) =>
        new Promise((resolve, reject) => {
          passed ??= open();
          waiting.push({ resolve, reject });
          passed.write(request);
        }),
      end: () => (waiting.length === 0 ? passed?.end() : passed?.cancel()),
    };
  }

  close(): void {
    this.#client.close();
  }
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
