import type { IncomingHttpHeaders } from 'node:http';
import type { MessageShape } from '#contract/grpc/message.ts';
import type { DirectHandler } from '#http/direct/connection.ts';
import type { GrpcMethod } from '#http/grpc/method.ts';
import { decodeMessage } from '#http/grpc/protobuf.ts';
import type { RelayOptions } from '#http/grpc/relay.ts';
import type { FastHandler } from '#http/route.ts';
import type { Remote } from '#ports/database.ts';
import type { RoleContext } from '#roles/define-role.ts';
import { withKept } from './cache/borrowed.ts';
import { ModelCache } from './cache/model-cache.ts';
import { grpcMethods } from './grpc/methods.ts';
import { loading, type PythonConfig, type QueueConfig, queueLimits } from './loading.ts';
import { ServingMetrics } from './metrics.ts';
import { primaryCounts, Statistics } from './oip/statistics.ts';
import { type PredictionLimits, predictionPaths } from './prediction-paths.ts';
import { Deployments } from './runtime/deployments.ts';
import { LooseModels } from './runtime/loose-models.ts';
import { MemoryBudget } from './runtime/memory-budget.ts';
import { Predictor } from './runtime/predictor.ts';
import { Scorer } from './runtime/scorer.ts';
import type { DeploymentStore, StoredDeployment } from './store.ts';
import { showTritonMetrics } from './triton/metrics.ts';

interface ReplicaConfig extends PredictionLimits, PythonConfig, QueueConfig {
  readonly memory_bytes: number;
  readonly triton_metrics: boolean;
}

type Context = Pick<
  RoleContext<ReplicaConfig, 'eventLog' | 'inference' | 'pythonModels' | 'tracing', 'registry' | 'artifacts'>,
  'config' | 'ports' | 'peers' | 'logger' | 'clock' | 'metrics' | 'signal'
>;

/** Serving in a further process: it answers predictions of what another process deploys, and leaves all else to that one. */
export interface Replica {
  readonly fast: FastHandler;
  readonly direct: DirectHandler;
  /** Follows the deployments as they are stored now; resolves when they answer. */
  follow(stored: readonly StoredDeployment[]): Promise<void>;
  /** The calls of the inference protocol over gRPC, and which of them are answered here. */
  grpc(): { readonly methods: readonly GrpcMethod[]; readonly isAnsweredHere: RelayOptions['isAnsweredHere'] };
  /** What it counted, for the owner's answers. */
  report(): unknown;
  stop(): Promise<void>;
}

/** Where the process that deploys keeps the files of what is deployed; undefined where it keeps none. */
type KeptIn = { readonly keptIn: string | undefined };

/** Loads what is deployed. History and changes are the owner's: a replica writes prediction events, nothing else. */
export async function startReplica(context: Context & KeptIn, stored: readonly StoredDeployment[]): Promise<Replica> {
  const { config, ports, peers, logger, clock, signal } = context;
  const metrics = new ServingMetrics(context.metrics);
  const scorer = new Scorer({ log: ports.eventLog, clock, logger, metrics });
  let latest = stored;
  const cache = await ModelCache.open({ folder: undefined, maxBytes: 0, ...withKept(peers, context.keptIn), metrics, clock, logger });
  const memory = new MemoryBudget(config.memory_bytes, metrics);
  const deployments = new Deployments({
    ...loading({ ports, peers, config }),
    registry: peers.registry,
    cache,
    memory,
    store: followedStore(() => latest),
    scorer,
    metrics,
    clock,
    logger,
    signal,
    limits: queueLimits(config),
    announce: () => {},
    spread: async () => {},
  });
  await deployments.open();
  await deployments.refresh();
  if (config.triton_metrics) showTritonMetrics(context.metrics, deployments);
  const loose = new LooseModels(deployments, peers.registry, memory);
  const predictor = new Predictor(scorer, metrics, { maxRows: config.max_rows_per_request, timeoutMs: config.timeout_ms });
  const answering = { deployments, loose, predictor, tracing: ports.tracing, version: '' };
  const paths = predictionPaths({ ...answering, scorer, metrics, logger, limits: config });
  return {
    fast: (req, res, context) =>
      req.method === 'POST' && isAnsweredHere(deployments, req.url as string, req.headers) && paths.fast(req, res, context),
    direct: (path, headers) => (isAnsweredHere(deployments, path, headers) ? paths.direct(path, headers) : undefined),
    follow: async (now) => {
      latest = now;
      await deployments.sync();
    },
    grpc: () => ({
      methods: grpcMethods({
        ...answering,
        registry: peers.registry,
        statistics: new Statistics(deployments, loose, async () => []),
        maxBatchRows: config.max_batch_rows,
      }),
      isAnsweredHere: (method, request, metadata) => isCallAnsweredHere(deployments, { method, request, metadata }),
    }),
    report: () => primaryCounts(deployments),
    stop: async () => {
      await loose.close();
      await deployments.close();
    },
  };
}

const DEFAULT_PATH = /^\/(?:predict|invocations\/?)$/u;
const NAMED_PATH =
  /^\/(?:deployments\/(?<deployment>[^/]+)\/(?:predict|invocations\/?)|v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/]+))?\/infer\/?|v1\/models\/(?<v1>[^/]+):predict\/?)$/u;

/**
 * Whether a request is a prediction of a deployment that is loaded here. Requests with an Idempotency-Key are not: their answers are remembered in one
 * process, so that a repeat gets the same answer wherever it lands.
 */
function isAnsweredHere(deployments: Deployments, url: string, headers: IncomingHttpHeaders): boolean {
  if (headers['idempotency-key'] !== undefined) return false;
  const path = url.split('?', 1)[0] as string;
  if (DEFAULT_PATH.test(path)) return deployments.find(deployments.defaultName())?.primary.live !== undefined;
  const named = NAMED_PATH.exec(path)?.groups;
  const name = named?.['deployment'] ?? named?.['model'] ?? named?.['v1'];
  if (name === undefined) return false;
  const live = deployments.find(decoded(name))?.primary.live;
  return live !== undefined && (named?.['version'] === undefined || named['version'] === live.model.version);
}

/** Of whose messages each tells whom it is for. */
const INFERS: ReadonlySet<string> = new Set(['ModelInfer', 'ModelStreamInfer'].map((name) => `/inference.GRPCInferenceService/${name}`));
const HERE: ReadonlySet<string> = new Set(['/grpc.health.v1.Health/Check', '/inference.GRPCInferenceService/ServerLive', ...INFERS]);
/** The fields of a ModelInferRequest that tell whom it is for. */
const ADDRESS: MessageShape = { 1: { name: 'model_name', kind: 'string' }, 2: { name: 'model_version', kind: 'string' } };

interface Called {
  readonly method: string;
  readonly request: Uint8Array;
  readonly metadata: (name: string) => string | undefined;
}

/** Inferences of what is loaded here. All else, also what cannot be read, is for the main process. */
function isCallAnsweredHere(deployments: Deployments, { method, request, metadata }: Called): boolean {
  if (!HERE.has(method)) return false;
  if (!INFERS.has(method)) return true;
  if (metadata('x-trainyard-variant') !== undefined) return false;
  try {
    const { model_name = '', model_version = '' } = decodeMessage(ADDRESS, request) as { model_name?: string; model_version?: string };
    const live = deployments.find(model_name)?.primary.live;
    return live !== undefined && (model_version === '' || model_version === live.model.version);
  } catch {
    return false;
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The deployments as the owner last told them. A replica changes nothing. */
function followedStore(stored: () => readonly StoredDeployment[]): Remote<DeploymentStore> {
  const refuse = (): Promise<never> => Promise.reject(new Error('a replica changes no deployments'));
  return { list: async () => [...stored()], record: async () => {}, history: async () => [], save: refuse, remove: refuse };
}
