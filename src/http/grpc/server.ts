import type { EventEmitter } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  logVerbosity,
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogVerbosity,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { KnownError } from '#kernel/errors.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { specs as httpSpecs } from '../errors.ts';
import type { Guard } from '../guard.ts';
import { Intake } from '../limits/intake.ts';
import { cutSlowStreams } from '../limits/slow-streams.ts';
import { boundStreams } from '../limits/stream-intake.ts';
import { DuplexStreams } from './duplex.ts';
import { fail } from './errors.ts';
import type { GrpcContext, GrpcMethod } from './method.ts';
import { type GrpcRelay, RelayedError } from './relay.ts';

export interface GrpcServerOptions {
  readonly maxMessageBytes: number;
  readonly methods: readonly GrpcMethod[];
  readonly guard: Guard;
  readonly logger: Logger;
  /** Longest time that the message of a call may take to come, milliseconds; calls that stream may take any time. */
  readonly bodyMs?: number;
  /** After this a call is cut whose client reads nothing of its answer, milliseconds. */
  readonly stallMs?: number;
  /** What messages may hold together that are coming or being answered. */
  readonly intake?: Intake;
  /** Where calls go that are not answered here. */
  readonly relay?: GrpcRelay;
}

/** Answers the calls of connections that somebody else accepts. */
export interface GrpcServer {
  serve(connection: Socket): void;
  /** Tells clients to go elsewhere with their next call (GOAWAY), and waits until those that have begun are answered. */
  stop(graceMs: number): Promise<void>;
}

interface Served extends GrpcServerOptions {
  readonly intake: Intake;
  readonly streams: DuplexStreams;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

const SLOW_CLIENT_MS = 60_000;
/** Of one connection: a client that has gone without a word is noticed, one that is idle is sent away (it connects anew when it needs to), and calls are bounded. */
const CONNECTIONS = {
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.max_connection_idle_ms': 600_000,
  'grpc.max_concurrent_streams': 1000,
};

/** Messages pass as bytes: decoding is the method's, so that a bad message is the caller's mistake and not an accident here. */
export function openGrpc(options: GrpcServerOptions): GrpcServer {
  const { maxMessageBytes, methods, relay } = options;
  // The library writes to standard error on its own; what it has to say comes back as errors too.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    ...CONNECTIONS,
  });
  const streams = new DuplexStreams();
  const stop = new AbortController();
  const intake = options.intake ?? new Intake();
  for (const [definition, implementation] of services(methods, { ...options, intake, streams, stopping: stop.signal }))
    server.addService(definition, implementation);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const endless = new Set(methods.flatMap(({ kind, path }) => (kind === 'duplex' ? [path] : [])));
  /** Ports that connections came by; those over Unix sockets come from this program itself. */
  const ports = new Set<number | undefined>();
  const connections = new Set<Socket>();
  let allGone: (() => void) | undefined;
  const isOurs = ({ session }: ServerHttp2Stream): boolean => ports.has(session?.socket.localPort ?? -1);
  const endIntake = boundStreams({ isOurs, intake });
  const endWatch = cutSlowStreams({
    isOurs,
    isEndless: (path) => endless.has(path),
    bodyMs: options.bodyMs ?? SLOW_CLIENT_MS,
    stallMs: options.stallMs ?? SLOW_CLIENT_MS,
  });
  return {
    serve: (connection) => {
      ports.add(connection.localPort);
      connections.add(connection);
      const gone = (): void => {
        connections.delete(connection);
        if (connections.size === 0) allGone?.();
      };
      connection.once('close', gone);
      // All is sent that there was to say: a client that leaves its end open is not waited for.
      connection.once('finish', gone);
      connection.setNoDelay(true);
      injector.injectConnection(connection);
    },
    stop: async (graceMs) => {
      stop.abort();
      streams.leave(graceMs);
      const force = setTimeout(() => {
        server.forceShutdown();
        for (const connection of connections) connection.destroy();
      }, graceMs);
      server.tryShutdown(() => {});
      // With Node 24 the library says at once that all is over; connections end when their calls have.
      if (connections.size > 0) await new Promise<void>((resolve) => (allGone = resolve));
      clearTimeout(force);
      endWatch();
      endIntake();
      relay?.close();
    },
  };
}

const asIs = (bytes: Buffer): Buffer => bytes;

function* services(methods: readonly GrpcMethod[], options: Served): Generator<[ServiceDefinition, UntypedServiceImplementation]> {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const method of methods) {
    definition[method.path] = {
      path: method.path,
      requestStream: method.kind === 'duplex',
      responseStream: method.kind !== 'unary',
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
    implementation[method.path] = handlerOf(method, options);
  }
  yield [definition, implementation];
}

type Call =
  | Parameters<handleUnaryCall<Buffer, Buffer>>[0]
  | Parameters<handleBidiStreamingCall<Buffer, Buffer>>[0]
  | Parameters<handleServerStreamingCall<Buffer, Buffer>>[0];

function handlerOf(method: GrpcMethod, options: Served): UntypedServiceImplementation[string] {
  if (method.kind === 'unary') return unary(method, options);
  if (method.kind === 'duplex') return duplex(method, options);
  const watch: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    run(method, { call, options }, async (context) => {
      const signal = AbortSignal.any([context.signal, options.stopping]);
      for await (const bytes of method.handle(call.request, { ...context, signal })) call.write(bytes as Buffer);
      if (options.stopping.aborted) throw fail.streamEnded({});
      call.end();
    }).catch((error) => call.emit('error', failureOf(error, options)));
  };
  return watch;
}

function unary(method: Extract<GrpcMethod, { kind: 'unary' }>, options: Served): handleUnaryCall<Buffer, Buffer> {
  const { relay, intake } = options;
  return (call, given) => {
    const account = intake.open();
    const done: typeof given = (...answer) => {
      account.close();
      given(...answer);
    };
    try {
      account.take(call.request.length);
    } catch (error) {
      return done(failureOf(error, options));
    }
    if (relay && !relay.isAnsweredHere(method.path, call.request, call.metadata)) return relay.unary(method.path, call, done);
    run(method, { call, options }, async (context) => method.handle(call.request, context)).then(
      (bytes) => done(null, bytes as Buffer),
      (error) => done(failureOf(error, options)),
    );
  };
}

function duplex(method: Extract<GrpcMethod, { kind: 'duplex' }>, options: Served): handleBidiStreamingCall<Buffer, Buffer> {
  const { relay, streams, intake } = options;
  return (call) => {
    const relayed = relay?.stream(method.path, call);
    const isRelayed = (request: Buffer): boolean => relay?.isAnsweredHere(method.path, request, call.metadata) === false;
    run(method, { call, options }, (context) =>
      streams.answer(call, async (request) => {
        const account = intake.open();
        try {
          account.take(request.length);
          return await (relayed && isRelayed(request) ? relayed.ask(request) : method.handle(request, context));
        } finally {
          account.close();
        }
      }),
    )
      .then(
        () => call.end(),
        (error) => call.emit('error', failureOf(error, options)),
      )
      .finally(() => relayed?.end());
  };
}

async function run<R>(
  method: GrpcMethod,
  { call, options }: { call: Call; options: GrpcServerOptions },
  work: (context: GrpcContext) => Promise<R>,
): Promise<R> {
  const principal = options.guard.principal({ authorization: header(call.metadata, 'authorization') });
  options.guard.allow(method.access, principal);
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  const abort = new AbortController();
  (call as EventEmitter).on('cancelled', () => abort.abort());
  return work({
    requestId: header(call.metadata, 'x-request-id') ?? randomHex(16),
    principal,
    timeoutMs: Number.isFinite(at) ? Math.max(0, at - Date.now()) : undefined,
    caller: {
      get destroyed() {
        return call.cancelled;
      },
    },
    signal: abort.signal,
    metadata: (name) => header(call.metadata, name),
  });
}

function header(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** gRPC's codes for the statuses of our catalogues (google.rpc.Code). */
const CODES: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  409: status.ABORTED,
  413: status.RESOURCE_EXHAUSTED,
  415: status.INVALID_ARGUMENT,
  422: status.INVALID_ARGUMENT,
  429: status.UNAVAILABLE,
  499: status.CANCELLED,
  501: status.UNIMPLEMENTED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
  507: status.RESOURCE_EXHAUSTED,
};

function failureOf(error: unknown, { logger }: GrpcServerOptions): { code: status; details: string } {
  if (error instanceof RelayedError) return error.status;
  // A model whose queue is full may be free elsewhere; who holds too much should send less.
  if (error instanceof KnownError && error.spec === httpSpecs.inflightExceeded)
    return { code: status.RESOURCE_EXHAUSTED, details: error.message };
  if (error instanceof KnownError) return { code: CODES[error.spec.status] ?? status.INTERNAL, details: error.message };
  logger.error({ error: String((error as Error).stack ?? error) }, 'a gRPC call failed');
  return { code: status.INTERNAL, details: 'Internal error; the log has the reason.' };
}
