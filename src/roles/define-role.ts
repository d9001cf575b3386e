import type { z } from 'zod';
import type { DirectHandler } from '#http/direct/connection.ts';
import type { GrpcOffer } from '#http/grpc/method.ts';
import type { Metrics } from '#http/metrics.ts';
import type { BoundRoute, FastHandler } from '#http/route.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Analytics } from '#ports/analytics.ts';
import type { BlobPlaces, Blobs } from '#ports/blobs.ts';
import type { Databases, StoreHandle } from '#ports/database.ts';
import type { EventLog, LogSource } from '#ports/event-log.ts';
import type { Inference, PythonModels } from '#ports/inference.ts';
import type { Tables } from '#ports/tables.ts';
import type { Tracing } from '#ports/telemetry/tracing.ts';
import type { ArtifactsApi } from './artifacts/api.ts';
import type { EventsApi } from './events/api.ts';
import type { MonitoringApi } from './monitoring/api.ts';
import type { RegistryApi } from './registry/api.ts';
import type { ServingApi } from './serving/api.ts';
import type { TrackingApi } from './tracking/api.ts';
import type { TrainingApi } from './training/api.ts';

/** Everything outside of the program that a role may need. */
export interface Ports {
  readonly database: Databases;
  readonly blobs: Blobs;
  readonly blobPlaces: BlobPlaces;
  readonly eventLog: EventLog;
  readonly analytics: Analytics;
  readonly inference: Inference;
  readonly pythonModels: PythonModels;
  readonly tables: Tables;
  readonly tracing: Tracing;
}

/** What each role offers to the others. */
export interface Peers {
  readonly tracking: TrackingApi;
  readonly registry: RegistryApi;
  readonly artifacts: ArtifactsApi;
  readonly serving: ServingApi;
  readonly events: EventsApi;
  readonly monitoring: MonitoringApi;
  readonly training: TrainingApi;
}

/** What the platform knows of itself, for pages and health answers. */
export interface PlatformInfo {
  readonly version: string;
  /** Folder that belongs to this process; a role may keep files in a sub-folder with its own name. */
  readonly dataDir: string;
  /** Address where this process answers, once it listens. */
  url(): string;
  /** Event logs of further processes of this program, beside its own. */
  readonly workerLogs: readonly LogSource[];
}

/** What a role gets at start: its own config, the ports and peers that it named, nothing else. */
export interface RoleContext<C, N extends keyof Ports, P extends keyof Peers> {
  readonly config: C;
  readonly ports: Pick<Ports, N>;
  readonly peers: Pick<Peers, P>;
  /** The API of a role that the manifest names in `asks`, where it can be reached by now. */
  ask<K extends keyof Peers>(peer: K): Promise<Peers[K] | undefined>;
  readonly platform: PlatformInfo;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Aborts when the platform begins to stop; background loops end by it. */
  readonly signal: AbortSignal;
}

/** How further processes of a role are kept in step with the one that owns its stores. */
export interface ReplicaOffer {
  /** What a replica starts from, and gets anew after each change: plain data. */
  state(): Promise<unknown>;
  /** `follow` is called after each change here; the answer to that change waits for it. */
  onChange(follow: () => Promise<void>): void;
  /** `reports` gives what each replica tells of itself: plain data. */
  onReport(reports: () => Promise<readonly unknown[]>): void;
}

/** A role that runs. */
export interface RunningRole<A = unknown> {
  readonly routes: readonly BoundRoute[];
  readonly fast?: FastHandler;
  /** The same for requests of the plainest kind, past even node:http. */
  readonly direct?: DirectHandler;
  /** Calls that the role answers over gRPC, on a port of their own. */
  readonly grpc?: GrpcOffer;
  /** Offered by a role that can answer in several processes on one port. */
  readonly replicas?: ReplicaOffer;
  /** What other roles may call, if the role offers anything. */
  readonly api?: A;
  /** Why the role cannot do its work at this moment; empty when it can. Makes /readyz honest. */
  readonly unready?: () => readonly string[];
  /** Fields that the role adds to /health. */
  readonly health?: () => Readonly<Record<string, unknown>>;
  /** OpenAPI path items of endpoints that bypass the framework. */
  readonly openApiPaths?: () => Readonly<Record<string, unknown>>;
  /** Components shown in /api/v1/status. */
  readonly components?: () => readonly Component[];
  /** Begins work that needs the program to listen already (seeding, background loops). */
  readonly listening?: () => void;
  stop(): Promise<void>;
}

export interface Component {
  readonly name: string;
  readonly kind: string;
  readonly state: 'ok' | 'degraded' | 'down' | 'starting';
  readonly detail: string;
}

/** A role's manifest: one folder, one line in app/roles.ts. */
export interface RoleManifest<
  S extends z.ZodObject = z.ZodObject,
  N extends keyof Ports = keyof Ports,
  P extends keyof Peers = keyof Peers,
> {
  readonly name: string;
  readonly summary: string;
  readonly config: S;
  readonly needs: readonly N[];
  /** Stores that the role opens in the database: they are loaded beforehand. */
  readonly stores?: readonly StoreHandle<object>[];
  readonly peers: readonly P[];
  /** Roles that are asked in passing: they may be missing, and may start later. What cannot work without a role names it in `peers`. */
  readonly asks?: readonly (keyof Peers)[];
  /** URL prefixes that the role answers (`/path`, or `POST /path`); where the role runs elsewhere they are relayed to it. */
  readonly prefixes: readonly string[];
  /** The role itself, with all that it needs: loaded while ports are being opened, started when they are. */
  load(): Promise<{ start(context: RoleContext<z.infer<S>, N, P>): Promise<RunningRole> }>;
}

/** Types a manifest by what it names: touching a port or a peer that was not named does not compile. */
export function defineRole<S extends z.ZodObject, N extends keyof Ports, P extends keyof Peers>(
  manifest: RoleManifest<S, N, P>,
): RoleManifest<S, N, P> {
  return manifest;
}
