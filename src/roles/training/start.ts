import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindRoutes } from '#http/route.ts';
import { onceReachable } from '#ports/database.ts';
import type { RoleContext, RunningRole } from '../define-role.ts';
import type { TrainingApi } from './api.ts';
import { DataSources } from './data/sources.ts';
import { ExampleSeeding } from './examples/seeding.ts';
import { TrainingJobs } from './jobs.ts';
import { routes } from './routes/all.ts';
import { ShortTasks } from './short-tasks.ts';
import { trainingStore } from './stores.ts';
import { type TrainingDeps, trainAndDeploy } from './train-and-deploy.ts';

interface TrainingConfig {
  readonly examples: boolean;
  readonly memory_mb: number;
  readonly max_upload_bytes: number;
  readonly max_queued: number;
  readonly keep_jobs: number;
  readonly keep_uploads: number;
}

type Context = RoleContext<TrainingConfig, 'database' | 'inference' | 'tables', 'tracking' | 'registry' | 'artifacts' | 'serving'>;

const bundled = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** Opens the job store and takes requests; the examples are trained once the program listens. */
export async function start({ config, ports, peers, platform, logger, clock, signal }: Context): Promise<RunningRole<TrainingApi>> {
  const folder = join(platform.dataDir, 'training');
  const jobsStore = await ports.database.open(trainingStore);
  const startedAt = new Date(clock.now()).toISOString();
  await onceReachable(
    async () => {
      const interrupted = await jobsStore.failUnfinished('The server stopped while the job ran or waited; start it again.', startedAt);
      if (interrupted.length > 0) logger.warn({ jobs: interrupted }, 'training jobs were cut off by the last stop');
    },
    { signal, logger },
  );
  // What a killed server left of its trainings goes with it.
  const workFolder = join(folder, 'work');
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(workFolder, { recursive: true });
  const sources = new DataSources({
    uploads: join(folder, 'uploads'),
    examples: join(bundled, 'data'),
    maxBytes: config.max_upload_bytes,
    keep: config.keep_uploads,
  });
  const deps: TrainingDeps = {
    tables: ports.tables,
    inference: ports.inference,
    ...peers,
    sources,
    memoryMb: config.memory_mb,
    workFolder,
    now: () => clock.now(),
  };
  const jobs = new TrainingJobs({
    store: jobsStore,
    work: (request, progress) => trainAndDeploy(deps, request, progress),
    clock,
    logger,
    maxQueued: config.max_queued,
    keep: config.keep_jobs,
  });
  const tasks = new ShortTasks({ tables: ports.tables, sources, memoryMb: config.memory_mb, signal });
  const seeding = config.examples
    ? new ExampleSeeding({ jobs, registry: peers.registry, serving: peers.serving, folder, bundled, logger })
    : undefined;
  return {
    routes: bindRoutes({ jobs, sources, tasks }, routes),
    api: { start: async (request) => ({ job_id: (await jobs.submit(request)).job_id }) },
    ...(seeding === undefined ? {} : { unready: () => seeding.unready(), listening: () => void seeding.run(signal) }),
    stop: () => jobs.stop(),
  };
}
