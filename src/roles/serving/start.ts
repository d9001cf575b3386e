import { join } from 'node:path';
import { bindRoutes } from '#http/route.ts';
import type { RoleContext, RunningRole } from '#roles/define-role.ts';
import type { ServingApi } from './api.ts';
import { KeptDeployments } from './cache/kept-deployments.ts';
import { SystemChecks } from './compat/system-checks.ts';
import { announcer } from './deployment-event.ts';
import { logComponent, unreadyLog } from './event-log-state.ts';
import { Followers } from './followers.ts';
import { grpcOffer } from './grpc/offer.ts';
import { health } from './health.ts';
import { type CacheConfig, loading, openCache, type PythonConfig, type QueueConfig, queueLimits } from './loading.ts';
import { ServingMetrics } from './metrics.ts';
import { Statistics } from './oip/statistics.ts';
import { type PredictionLimits, predictionPaths } from './prediction-paths.ts';
import { predictPaths } from './protocol/openapi.ts';
import { protocolPaths } from './protocol/openapi-protocols.ts';
import * as deploymentRoutes from './routes/deployments.ts';
import { logRoutes } from './routes/log.ts';
import { modelInfo, reloadModel } from './routes/model-info.ts';
import { oipRoutes } from './routes/oip.ts';
import { scoringRoutes } from './routes/scoring.ts';
import * as uploadRoutes from './routes/uploads.ts';
import { Deployments, type DeploymentsDeps } from './runtime/deployments.ts';
import { LooseModels } from './runtime/loose-models.ts';
import { MemoryBudget } from './runtime/memory-budget.ts';
import { Predictor } from './runtime/predictor.ts';
import { Scorer } from './runtime/scorer.ts';
import { deploymentStore } from './stores.ts';
import { showTritonMetrics } from './triton/metrics.ts';
import { UploadRoom } from './upload/upload-room.ts';
import { Uploads } from './upload/uploads.ts';

interface ServingConfig extends PredictionLimits, PythonConfig, CacheConfig, QueueConfig {
  readonly memory_bytes: number;
  readonly triton_metrics: boolean;
  readonly max_upload_bytes: number;
  readonly grpc_port?: number | 'off' | undefined;
}

type Context = RoleContext<ServingConfig, 'database' | 'eventLog' | 'inference' | 'pythonModels' | 'tracing', 'registry' | 'artifacts'>;

/** Opens the deployments and wires the request path: validator → batch → engine → event log → answer → shadows. */
export async function start(context: Context): Promise<RunningRole<ServingApi>> {
  const { config, ports, peers, platform, logger, clock, metrics } = context;
  const log = ports.eventLog;
  const servingMetrics = new ServingMetrics(metrics);
  const folder = config.cache_bytes === 0 ? undefined : join(platform.dataDir, 'serving');
  const store = new KeptDeployments(await ports.database.open(deploymentStore), folder, logger);
  const scorer = new Scorer({ log, clock, logger, metrics: servingMetrics });
  const cache = await openCache(context, servingMetrics);
  const followers = new Followers(() => store.list());
  const memory = new MemoryBudget(config.memory_bytes, servingMetrics);
  const deployments = openDeployments(context, { cache, memory, store, scorer, metrics: servingMetrics, spread: followers.spread });
  await deployments.open();
  if (config.triton_metrics) showTritonMetrics(metrics, deployments);
  const loose = new LooseModels(deployments, peers.registry, memory);
  const deps = { deployments, registry: peers.registry, store, loose };
  const predictor = new Predictor(scorer, servingMetrics, { maxRows: config.max_rows_per_request, timeoutMs: config.timeout_ms });
  const statistics = new Statistics(deployments, loose, followers.reports);
  const oip = { ...deps, statistics, version: platform.version, maxBatchRows: config.max_batch_rows };
  const checks = new SystemChecks(platform.dataDir);
  const grpc = grpcOffer({ ...oip, predictor, tracing: ports.tracing }, config);
  return {
    ...grpc.offer,
    routes: [
      ...bindRoutes(deps, [...Object.values(deploymentRoutes), modelInfo, reloadModel]),
      ...bindRoutes(uploadDeps(context, deployments), Object.values(uploadRoutes)),
      ...oipRoutes(oip),
      ...scoringRoutes(deps),
      ...logRoutes(log),
    ],
    ...predictionPaths({ ...oip, scorer, predictor, metrics: servingMetrics, logger, limits: config, tracing: ports.tracing }),
    api: {
      log,
      list: async () => deployments.all().map((d) => d.view()),
      get: async (name) => deployments.find(name)?.view(),
      put: async (name, change) => (await deployments.put(name, change)).view(),
    },
    replicas: followers,
    openApiPaths: () => {
      const views = deployments.all().map((d) => d.view());
      return { ...predictPaths(views), ...protocolPaths(views) };
    },
    health: () => health(deployments, { compat: config.compat, checks }),
    unready: () => [...unready(deployments), ...unreadyLog(log)],
    components: () => [logComponent(log), cache.component(), ...grpc.components()],
    stop: async () => {
      await loose.close();
      await deployments.close();
    },
  };
}

type Parts = Pick<DeploymentsDeps, 'cache' | 'memory' | 'store' | 'scorer' | 'metrics' | 'spread'>;

function openDeployments({ config, ports, peers, clock, logger, signal }: Context, parts: Parts): Deployments {
  return new Deployments({
    ...loading({ ports, peers, config }),
    ...parts,
    registry: peers.registry,
    clock,
    logger,
    signal,
    limits: queueLimits(config),
    announce: announcer(ports.eventLog, logger),
  });
}

/** Files that come by upload are kept by runs, which another role writes. */
function uploadDeps(context: Context, deployments: Deployments): uploadRoutes.UploadRouteDeps {
  const { config, peers, clock, ask } = context;
  const uploads = new Uploads({ loading: loading(context), deployments, ...peers, tracking: () => ask('tracking'), clock });
  return { uploads, room: new UploadRoom(config.max_upload_bytes) };
}

function unready(deployments: Deployments): string[] {
  return deployments
    .all()
    .filter((d) => !d.primary.live)
    .map((d) => `deployment ${d.name} has no loaded primary: ${d.primary.error ?? 'loading'}`);
}
