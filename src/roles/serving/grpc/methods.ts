import { messages } from '#contract/grpc/inference.ts';
import type { MessageShape } from '#contract/grpc/message.ts';
import type { GrpcContext, GrpcMethod } from '#http/grpc/method.ts';
import { decodeMessage, encodeMessage, type Message } from '#http/grpc/protobuf.ts';
import type { Access } from '#http/route.ts';
import { KnownError } from '#kernel/errors.ts';
import { pause } from '#kernel/retry.ts';
import type { Tracing } from '#ports/telemetry/tracing.ts';
import { EXTENSIONS, modelConfig, modelMetadata } from '../oip/describe.ts';
import { infer } from '../oip/infer.ts';
import { loadFromRepository, repositoryIndex } from '../oip/repository.ts';
import type { OipDeps } from '../routes/oip.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { Predictor } from '../runtime/predictor.ts';
import { RequestTrace } from '../tracing/request-trace.ts';
import { asksForFinal, type InferMessage, isRaw, readInferMessage, writeInferMessage } from './infer-message.ts';

export interface GrpcDeps extends OipDeps {
  readonly predictor: Predictor;
  readonly tracing: Tracing;
}

interface Shapes {
  readonly takes: MessageShape;
  readonly gives: MessageShape;
}

/** All calls of inference.GRPCInferenceService that make sense here, and the standard health service. */
export function grpcMethods(deps: GrpcDeps): GrpcMethod[] {
  return [...serverMethods(deps), ...modelMethods(deps), ...repositoryMethods(deps), ...inferMethods(deps), ...healthMethods(deps)];
}

function call(name: string, access: Access, { takes, gives }: Shapes) {
  return (handle: (request: Message, context: GrpcContext) => Promise<Message> | Message): GrpcMethod => ({
    kind: 'unary',
    path: `/inference.GRPCInferenceService/${name}`,
    access,
    handle: async (bytes, context) => encodeMessage(gives, await handle(decodeMessage(takes, bytes), context)),
  });
}

function isReady({ deployments }: GrpcDeps): boolean {
  return deployments.all().every((d) => d.primary.live);
}

function serverMethods(deps: GrpcDeps): GrpcMethod[] {
  const { Empty, Live, Ready, ServerMetadata } = messages;
  return [
    call('ServerLive', 'public', { takes: Empty, gives: Live })(() => ({ live: true })),
    call('ServerReady', 'public', { takes: Empty, gives: Ready })(() => ({ ready: isReady(deps) })),
    call('ServerMetadata', 'public', { takes: Empty, gives: ServerMetadata })(() => ({
      name: 'trainyard',
      version: deps.version,
      extensions: EXTENSIONS,
    })),
  ];
}

const DATA_TYPES = [
  'INVALID',
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'STRING',
  'BF16',
];

function modelMethods(deps: GrpcDeps): GrpcMethod[] {
  const { ModelRequest, Ready, ModelMetadata, ConfigResponse, StatisticsResponse } = messages;
  const { loose, statistics } = deps;
  const found = async (request: Message): Promise<LiveModel> => {
    const { name = '', version } = request as { name?: string; version?: string };
    return (await loose.find(name, version || undefined)).live;
  };
  return [
    call('ModelReady', 'viewer', { takes: ModelRequest, gives: Ready })(async (request) => ({ ready: await answers(found(request)) })),
    call('ModelMetadata', 'viewer', { takes: ModelRequest, gives: ModelMetadata })(async (request) =>
      modelMetadata(String(request['name']), await found(request)),
    ),
    call('ModelConfig', 'viewer', { takes: ModelRequest, gives: ConfigResponse })(async (request) => {
      const config = modelConfig(String(request['name']), await found(request), deps.maxBatchRows);
      const numbered = (tensors: typeof config.input) =>
        tensors.map((t) => ({ ...t, data_type: DATA_TYPES.indexOf(t.data_type.slice(5)) }));
      return {
        config: {
          ...config,
          input: numbered(config.input),
          output: numbered(config.output),
          instance_group: [{ name: config.name, count: 1, kind: 2 }],
        },
      };
    }),
    call('ModelStatistics', 'viewer', { takes: ModelRequest, gives: StatisticsResponse })(async (request) => {
      if (request['name']) return { model_stats: [await statistics.of(String(request['name']), await found(request))] };
      return { model_stats: await statistics.all() };
    }),
  ];
}

/** Not ready is an answer, unknown is an error. */
async function answers(finding: Promise<LiveModel>): Promise<boolean> {
  try {
    await finding;
    return true;
  } catch (error) {
    if (error instanceof KnownError && (error.spec.status === 503 || error.spec.status === 404)) return false;
    throw error;
  }
}

function repositoryMethods(deps: GrpcDeps): GrpcMethod[] {
  const { IndexRequest, IndexResponse, Repository, Empty } = messages;
  return [
    call('RepositoryIndex', 'viewer', { takes: IndexRequest, gives: IndexResponse })(async (request) => ({
      models: (await repositoryIndex(deps, request['ready'] === true)) as unknown as Message[],
    })),
    call('RepositoryModelLoad', 'editor', { takes: Repository, gives: Empty })(async (request) => {
      const { model_name: model = '', parameters } = request as { model_name?: string; parameters: Readonly<Record<string, unknown>> };
      await loadFromRepository(deps, model, Object.keys(parameters));
      return {};
    }),
    call('RepositoryModelUnload', 'editor', { takes: Repository, gives: Empty })(async (request) => {
      await deps.loose.unload(String(request['model_name'] ?? ''));
      return {};
    }),
  ];
}

interface Traced {
  /** performance.now() at arrival. */
  readonly arrivedAt: number;
  readonly trace: RequestTrace | undefined;
}

async function inTrace<R>(
  tracing: Tracing,
  { method, context }: { method: string; context: GrpcContext },
  work: (at: Traced) => Promise<R>,
): Promise<R> {
  const arrivedAt = performance.now();
  const trace = tracing.isOn ? RequestTrace.grpc(tracing, { method, metadata: context.metadata, arrivedAt }) : undefined;
  try {
    const answer = await work({ arrivedAt, trace });
    trace?.endWith();
    return answer;
  } catch (error) {
    trace?.endWith(error);
    throw error;
  }
}

function inferMethods(deps: GrpcDeps): GrpcMethod[] {
  const { InferRequest, InferResponse, StreamInferResponse } = messages;
  const one = async (bytes: Uint8Array, context: GrpcContext, { arrivedAt, trace }: Traced): Promise<Message> => {
    const message = decodeMessage(InferRequest, bytes) as unknown as InferMessage;
    const name = message.model_name ?? '';
    const target = await deps.loose.find(name, message.model_version || undefined, context.metadata('x-trainyard-variant'));
    const { session } = target.live.model;
    const request = readInferMessage(message, { name, inputs: session.inputs, outputs: session.outputs });
    const { requestId, caller, timeoutMs } = context;
    const result = await infer(deps.predictor, target, {
      call: request,
      asked: { name, requestId, bytes: bytes.length, arrivedAt, caller, timeoutMs, trace },
    });
    const answer = writeInferMessage(result, isRaw(message));
    return asksForFinal(message) ? { ...answer, parameters: { triton_final_response: { bool_param: true } } } : answer;
  };
  const service = 'inference.GRPCInferenceService';
  const traced = (method: string) => (bytes: Uint8Array, context: GrpcContext) =>
    inTrace(deps.tracing, { method: `${service}/${method}`, context }, (at) => one(bytes, context, at));
  const infers = { plain: traced('ModelInfer'), streamed: traced('ModelStreamInfer') };
  const path = `/${service}/`;
  return [
    {
      kind: 'unary',
      access: 'caller',
      path: `${path}ModelInfer`,
      handle: async (bytes, context) => encodeMessage(InferResponse, await infers.plain(bytes, context)),
    },
    {
      kind: 'duplex',
      access: 'caller',
      path: `${path}ModelStreamInfer`,
      handle: async (bytes, context) => {
        try {
          return encodeMessage(StreamInferResponse, { infer_response: await infers.streamed(bytes, context) });
        } catch (error) {
          // A refused request is one answer of the stream, which goes on.
          if (!(error instanceof KnownError)) throw error;
          return encodeMessage(StreamInferResponse, { error_message: error.message });
        }
      },
    },
  ];
}

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
const WATCH_MS = 500;

function healthMethods(deps: GrpcDeps): GrpcMethod[] {
  const { HealthRequest, HealthResponse } = messages;
  const statusOf = (bytes: Uint8Array): number => {
    const service = String(decodeMessage(HealthRequest, bytes)['service'] ?? '');
    if (service !== '' && service !== 'inference.GRPCInferenceService') return SERVICE_UNKNOWN;
    return isReady(deps) ? SERVING : NOT_SERVING;
  };
  return [
    {
      kind: 'unary',
      access: 'public',
      path: '/grpc.health.v1.Health/Check',
      handle: (bytes) => encodeMessage(HealthResponse, { status: statusOf(bytes) }),
    },
    {
      kind: 'watch',
      access: 'public',
      path: '/grpc.health.v1.Health/Watch',
      async *handle(bytes, { signal }) {
        let told = -1;
        while (!signal.aborted) {
          const status = statusOf(bytes);
          if (status !== told) yield encodeMessage(HealthResponse, { status });
          told = status;
          await pause(WATCH_MS, signal).catch(() => {});
        }
      },
    },
  ];
}
