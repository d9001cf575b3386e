import { join } from 'node:path';
import type { RoleContext } from '#roles/define-role.ts';
import { ModelCache } from './cache/model-cache.ts';
import type { ServingMetrics } from './metrics.ts';
import type { LoadDeps } from './model/load.ts';

/** Settings of models that run in Python. */
export interface PythonConfig {
  readonly python: {
    readonly enabled: boolean;
    readonly executable: string;
    readonly memory_bytes: number;
    readonly timeout_ms: number;
    readonly load_timeout_ms: number;
  };
}

/** Settings of how much may wait and run together. */
export interface QueueConfig {
  readonly max_batch_rows: number;
  readonly max_queue_rows: number;
  readonly max_queue_bytes: number;
  readonly max_queue_ms: number;
  readonly shadow_queue_rows: number;
}

/** How much may wait and run together, per model. */
export interface QueueLimits {
  readonly maxBatchRows: number;
  readonly maxQueueRows: number;
  readonly maxQueueBytes: number;
  readonly maxQueueMs: number;
  readonly shadowQueueRows: number;
}

export function queueLimits(config: QueueConfig): QueueLimits {
  return {
    maxBatchRows: config.max_batch_rows,
    maxQueueRows: config.max_queue_rows,
    maxQueueBytes: config.max_queue_bytes,
    maxQueueMs: config.max_queue_ms,
    shadowQueueRows: config.shadow_queue_rows,
  };
}

/** Settings of what is kept of deployed models. */
export interface CacheConfig {
  readonly cache_bytes: number;
}

type CacheContext = Pick<RoleContext<CacheConfig, never, 'registry' | 'artifacts'>, 'config' | 'peers' | 'platform' | 'clock' | 'logger'>;

/** What is kept of deployed models, in a folder of its own. */
export function openCache({ config, peers, platform, clock, logger }: CacheContext, metrics: ServingMetrics): Promise<ModelCache> {
  const { cache_bytes: maxBytes } = config;
  const folder = maxBytes === 0 ? undefined : join(platform.dataDir, 'serving');
  return ModelCache.open({ folder, maxBytes, ...peers, metrics, clock, logger });
}

type Context = RoleContext<PythonConfig, 'inference' | 'pythonModels', 'artifacts'>;

/** What models are loaded with. */
export function loading({ ports, peers, config }: Pick<Context, 'ports' | 'peers' | 'config'>): LoadDeps {
  const { enabled, executable, memory_bytes: memoryBytes, timeout_ms: runTimeoutMs, load_timeout_ms: loadTimeoutMs } = config.python;
  const limits = { executable, memoryBytes, runTimeoutMs, loadTimeoutMs };
  return { artifacts: peers.artifacts, inference: ports.inference, python: { models: ports.pythonModels, isEnabled: enabled, limits } };
}
