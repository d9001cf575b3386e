import type { TensorInfo } from '#ports/inference.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { ModelStats, Phase } from '../runtime/model-stats.ts';
import { oipType } from './datatypes.ts';

/** Extensions of the protocol that this server speaks (Triton's names). */
export const EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'model_repository(unload_dependents)',
  'parameters',
  'schedule_policy',
  'statistics',
] as const;

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** Inputs, outputs and what else a caller should know of a model. */
export function modelMetadata(name: string, { model }: LiveModel) {
  const tensor = (t: TensorInfo): TensorMetadata => ({ name: t.name, datatype: oipType(t.type), shape: t.shape });
  const { classes } = model.decoder;
  return {
    name,
    versions: [model.version],
    platform: model.engine === 'python' ? 'python_mlflow' : 'onnx_onnxv1',
    inputs: model.session.inputs.map(tensor),
    outputs: model.session.outputs.map(tensor),
    properties: {
      model_name: model.name,
      task: model.decoder.task,
      ...(model.runId === null ? {} : { run_id: model.runId }),
      ...(classes.length === 0 ? {} : { classes: JSON.stringify(classes) }),
    },
  };
}

/** Triton's model configuration, as far as its tools read it. Without the batch dimension where batches are made. */
export function modelConfig(name: string, { model }: LiveModel, maxBatchRows: number) {
  const { batchable } = model;
  const tensor = ({ name: own, type, shape }: TensorInfo) => {
    const dims = batchable ? shape.slice(1) : shape;
    const data_type = type === 'string' ? 'TYPE_STRING' : `TYPE_${oipType(type)}`;
    return { name: own, data_type, ...(dims.length === 0 ? { dims: [1], reshape: { shape: [] } } : { dims }) };
  };
  return {
    name,
    ...(model.engine === 'python' ? { platform: 'python', backend: 'python' } : { platform: 'onnxruntime_onnx', backend: 'onnxruntime' }),
    version_policy: { specific: { versions: [versionNumber(model.version)] } },
    max_batch_size: batchable ? maxBatchRows : 0,
    input: model.session.inputs.map(tensor),
    output: model.session.outputs.map(tensor),
    instance_group: [{ name, kind: 'KIND_CPU', count: 1, gpus: [], profile: [] }],
    default_model_filename: model.engine === 'python' ? 'MLmodel' : 'model.onnx',
    ...(batchable ? { dynamic_batching: { preferred_batch_size: [], max_queue_delay_microseconds: 0, preserve_ordering: false } } : {}),
    parameters: {},
    model_warmup: [],
  };
}

function versionNumber(version: string): number {
  return /^\d+$/u.test(version) ? Number(version) : 1;
}

/** Triton's statistics of one version: how often and how long, in nanoseconds. */
export function modelStatistics(name: string, { model }: LiveModel, stats: ModelStats) {
  const inferred = duration({ count: stats.success.count, ms: stats.run.ms });
  const none = { count: 0, ns: 0 };
  return {
    name,
    version: model.version,
    last_inference: stats.lastMs,
    inference_count: stats.inferences,
    execution_count: stats.executions,
    inference_stats: {
      success: duration(stats.success),
      fail: duration(stats.fail),
      queue: duration(stats.queue),
      compute_input: { count: stats.success.count, ns: 0 },
      compute_infer: inferred,
      compute_output: { count: stats.success.count, ns: 0 },
      cache_hit: none,
      cache_miss: none,
    },
    response_stats: {},
    batch_stats: [...stats.batches]
      .sort(([a], [b]) => a - b)
      .map(([batch_size, phase]) => ({
        batch_size,
        compute_input: { count: phase.count, ns: 0 },
        compute_infer: duration(phase),
        compute_output: { count: phase.count, ns: 0 },
      })),
    memory_usage: [],
  };
}

function duration({ count, ms }: Phase): { count: number; ns: number } {
  return { count, ns: Math.round(ms * 1e6) };
}
