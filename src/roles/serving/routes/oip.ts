import { z } from 'zod';
import { InferRequest } from '#contract/http/inference/oip.ts';
import { type BoundRoute, bindRoutes, defineRoute, Reply } from '#http/route.ts';
import type { Tensor } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { Row } from '../model/plan.ts';
import { oipType, readTensors, writeTensor } from '../protocol/tensors.ts';
import type { ValueError } from '../protocol/validator.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { LooseModels, Target } from '../runtime/loose-models.ts';
import type { ScoreJob, Scorer } from '../runtime/scorer.ts';

export interface OipDeps {
  readonly deployments: Deployments;
  readonly loose: LooseModels;
  readonly scorer: Scorer;
  readonly metrics: ServingMetrics;
}

const route = defineRoute<OipDeps>();
const Nothing = z.object({}).optional();
const Model = z.object({ model: z.string(), version: z.string().optional() });
const common = { style: 'oip', tag: 'open inference protocol' } as const;
/** Every model path exists with and without a version. */
const MOUNTS = ['/v2/models/:model', '/v2/models/:model/versions/:version'];

const server = route({
  ...common,
  method: 'GET',
  path: '/v2',
  summary: 'Name, version and extensions of this server',
  access: 'public',
  input: Nothing,
  handle: () => ({ name: 'trainyard', version: '2', extensions: [] }),
});

const live = route({
  ...common,
  method: 'GET',
  path: '/v2/health/live',
  summary: 'Whether the server runs',
  access: 'public',
  input: Nothing,
  handle: () => ({ live: true }),
});

const ready = route({
  ...common,
  method: 'GET',
  path: '/v2/health/ready',
  summary: 'Whether every deployment has a loaded primary',
  access: 'public',
  input: Nothing,
  handle: ({ deployments }) => {
    const all = deployments.all().every((d) => d.primary.live);
    return new Reply(all ? 200 : 503, { ready: all });
  },
});

const metadata = route({
  ...common,
  method: 'GET',
  path: '',
  mounts: MOUNTS,
  summary: 'Inputs and outputs of a model',
  access: 'viewer',
  input: Model,
  handle: async ({ loose }, { model, version }) => {
    const { live: found } = await loose.find(model, version);
    const tensor = (t: { name: string; type: Parameters<typeof oipType>[0]; shape: readonly number[] }) => ({
      name: t.name,
      datatype: oipType(t.type),
      shape: t.shape,
    });
    return {
      name: model,
      versions: [found.model.version],
      platform: 'onnx_onnxv1',
      inputs: found.model.session.inputs.map(tensor),
      outputs: found.model.session.outputs.map(tensor),
    };
  },
});

const modelReady = route({
  ...common,
  method: 'GET',
  path: '/ready',
  mounts: MOUNTS,
  summary: 'Whether a model answers',
  access: 'viewer',
  input: Model,
  handle: async ({ loose }, { model, version }) => {
    await loose.find(model, version);
    return { name: model, ready: true };
  },
});

const infer = route({
  ...common,
  method: 'POST',
  path: '/infer',
  mounts: MOUNTS,
  summary: 'Run a model on tensors',
  access: 'caller',
  input: InferRequest,
  handle: async (deps, request, { requestId }) => {
    const target = await deps.loose.find(request.model, request.version);
    const { model } = target.live;
    const feeds = readTensors(request.inputs, model.session.inputs);
    const names = wantedOutputs(request, target.live);
    const scored =
      model.plan === undefined
        ? { outputs: await model.session.run(feeds), slice: undefined }
        : await score(deps, target, { feeds, requestId });
    return {
      model_name: request.model,
      model_version: model.version,
      ...(request.id === undefined ? {} : { id: request.id }),
      outputs: names.map((name) => writeTensor(name, scored.outputs[name] as Tensor, scored.slice)),
    };
  },
});

function wantedOutputs({ outputs }: InferRequest, { model }: LiveModel): string[] {
  const all = model.session.outputs.map((o) => o.name);
  for (const { name } of outputs ?? []) {
    if (!all.includes(name))
      throw fail.tensorInvalid({ reason: `unexpected inference output '${name}' for model; its outputs are ${all.join(', ')}` });
  }
  return outputs && outputs.length > 0 ? outputs.map((o) => o.name) : all;
}

/** Tabular models take the way of every prediction: rows checked, batched, recorded and shown to shadows. */
async function score(
  { scorer, metrics }: OipDeps,
  { live: found, shadows }: Target,
  { feeds, requestId }: { feeds: Record<string, Tensor>; requestId: string },
) {
  const rows = checkedRows(found, feeds);
  const job = await new Promise<ScoreJob>((resolve) => {
    found.batcher.add(scorer.job(rows, { requestId, keys: undefined, shadows, settle: resolve }));
  });
  metrics.requests.value++;
  if (job.error !== undefined || !job.result) {
    metrics.errors.value++;
    throw job.error;
  }
  metrics.predictions.value += rows.length;
  metrics.duration.observe(job.durationMs / 1000);
  return { outputs: job.result.outputs, slice: { offset: job.offset, rows: rows.length } };
}

function checkedRows({ model, validator }: LiveModel, feeds: Record<string, Tensor>): Row[] {
  const inputs = model.session.inputs.map((i) => feeds[i.name] as Tensor);
  const n = inputs[0]?.dims[0] ?? 0;
  if (n === 0 || inputs.some((t) => t.dims[0] !== n))
    throw fail.tensorInvalid({ reason: 'every input must have the same number of rows, at least one' });
  const errors: ValueError[] = [];
  const byField = model.plan?.kind === 'matrix' ? undefined : model.schema.fields.map((f) => feeds[f.name] as Tensor);
  const rows = Array.from({ length: n }, (_, r) => {
    const values = byField
      ? byField.map((t) => scalar(t, r))
      : model.schema.fields.map((_, c) => scalar(inputs[0] as Tensor, r * validator.width + c));
    return validator.listed(values, errors, n === 1 ? undefined : r);
  });
  if (errors.length > 0)
    throw fail.tensorInvalid({
      reason: errors
        .slice(0, 5)
        .map((e) => `${e.row === undefined ? '' : `row ${e.row}, `}${e.field} ${e.message}`)
        .join('; '),
    });
  return rows;
}

function scalar(tensor: Tensor, index: number): unknown {
  const value = tensor.data[index];
  if (typeof value === 'bigint') return Number(value);
  if (tensor.type === 'bool') return value === 1;
  if (typeof value === 'number' && Number.isNaN(value)) return null;
  return tensor.type === 'string' && value === '' ? null : value;
}

/** Open Inference Protocol v2 over REST, tensors in JSON. */
export function oipRoutes(deps: OipDeps): BoundRoute[] {
  return bindRoutes(deps, [server, live, ready, metadata, modelReady, infer]);
}
