import type { MetricsSnapshot } from '#http/metrics.ts';
import type { Config } from '../config/load.ts';

/** Everything that a worker needs to begin. */
export interface Begin {
  readonly kind: 'begin';
  readonly config: Config;
  readonly token: string | undefined;
  /** Folder of its event log, which is its alone while it lives. */
  readonly folder: string;
  /** Unix socket where the worker answers the main process, and where that one answers. */
  readonly socket: string;
  readonly mainSocket: string;
  /** Unix socket where the main process answers gRPC. */
  readonly mainGrpcSocket: string;
  /** What it follows (define-role.ts, ReplicaOffer.state). */
  readonly state: unknown;
}

/** What the main process may ask of a worker; each is answered once, in order. */
export type Order =
  | Begin
  /** Accept connections from the listening socket that comes along. */
  | { readonly kind: 'take' }
  /** Send the listening socket back; it is still accepted from until `leave`. */
  | { readonly kind: 'give' }
  /** Answer the gRPC calls of the connection that comes along. */
  | { readonly kind: 'connect' }
  | { readonly kind: 'follow'; readonly state: unknown }
  | { readonly kind: 'metrics' }
  /** Tell of itself (ReplicaOffer.onReport). */
  | { readonly kind: 'report' }
  /** End, after requests were answered. `lingerMs` above 0: others go on with the socket, so clients may take that long to leave. */
  | { readonly kind: 'leave'; readonly graceMs: number; readonly lingerMs: number };

export interface OrderMessage {
  readonly id: number;
  readonly order: Order;
}

/** A worker's answer; `prepared` comes once and unasked, when its code is loaded. */
export type WorkerMessage =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly id: number; readonly metrics?: MetricsSnapshot; readonly report?: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
