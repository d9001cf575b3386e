import type { Access, Principal } from '../route.ts';

/** What a call's handler may know beside its message. */
export interface GrpcContext {
  readonly requestId: string;
  readonly principal: Principal;
  /** Milliseconds until the caller's deadline, where it has one. */
  readonly timeoutMs: number | undefined;
  /** True once the caller has gone. */
  readonly caller: { readonly destroyed: boolean };
  /** Aborts when the caller goes. */
  readonly signal: AbortSignal;
  metadata(name: string): string | undefined;
}

interface Base {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly access: Access;
}

/** One request, one answer, both as protobuf bytes. */
export interface UnaryMethod extends Base {
  readonly kind: 'unary';
  readonly handle: (request: Uint8Array, context: GrpcContext) => Promise<Uint8Array> | Uint8Array;
}

/** Any number of requests, each answered in its turn. */
export interface DuplexMethod extends Base {
  readonly kind: 'duplex';
  readonly handle: (request: Uint8Array, context: GrpcContext) => Promise<Uint8Array> | Uint8Array;
}

/** One request, any number of answers until the caller goes. */
export interface WatchMethod extends Base {
  readonly kind: 'watch';
  readonly handle: (request: Uint8Array, context: GrpcContext) => AsyncIterable<Uint8Array>;
}

export type GrpcMethod = UnaryMethod | DuplexMethod | WatchMethod;

/** What a role answers over gRPC, and where. */
export interface GrpcOffer {
  readonly port: number;
  /** Whether somebody chose the port: then the program does not start without it. */
  readonly isChosen: boolean;
  readonly maxMessageBytes: number;
  readonly methods: readonly GrpcMethod[];
  /** Told where it listens, or why it does not. */
  readonly opened: (place: { readonly address: string } | { readonly reason: string }) => void;
}
