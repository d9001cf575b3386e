import type { FieldShape, MessageShape, ScalarKind } from './message.ts';

const one = (name: string, kind: ScalarKind | MessageShape = 'string'): FieldShape => ({ name, kind });
const many = (name: string, kind: ScalarKind | MessageShape = 'string'): FieldShape => ({ name, kind, repeated: true });
const map = (name: string, kind: ScalarKind | MessageShape): FieldShape => ({ name, kind, map: true });

const Parameter: MessageShape = {
  1: one('bool_param', 'bool'),
  2: one('int64_param', 'int'),
  3: one('string_param'),
  4: one('double_param', 'double'),
  5: one('uint64_param', 'uint'),
};

const Contents: MessageShape = {
  1: many('bool_contents', 'bool'),
  2: many('int_contents', 'int'),
  3: many('int64_contents', 'big'),
  4: many('uint_contents', 'uint'),
  5: many('uint64_contents', 'ubig'),
  6: many('fp32_contents', 'float'),
  7: many('fp64_contents', 'double'),
  8: many('bytes_contents', 'bytes'),
};

const Tensor: MessageShape = {
  1: one('name'),
  2: one('datatype'),
  3: many('shape', 'int'),
  4: map('parameters', Parameter),
  5: one('contents', Contents),
};

const Duration: MessageShape = { 1: one('count', 'uint'), 2: one('ns', 'uint') };
const ModelRequest: MessageShape = { 1: one('name'), 2: one('version') };
const TensorMetadata: MessageShape = { 1: one('name'), 2: one('datatype'), 3: many('shape', 'int') };
const RepositoryParameter: MessageShape = {
  1: one('bool_param', 'bool'),
  2: one('int64_param', 'int'),
  3: one('string_param'),
  4: one('bytes_param', 'bytes'),
};
const Repository: MessageShape = { 1: one('repository_name'), 2: one('model_name'), 3: map('parameters', RepositoryParameter) };
const Reshape: MessageShape = { 1: many('shape', 'int') };

const Config: MessageShape = {
  1: one('name'),
  2: one('platform'),
  3: one('version_policy', { 3: one('specific', { 1: many('versions', 'int') }) }),
  4: one('max_batch_size', 'int'),
  5: many('input', { 1: one('name'), 2: one('data_type', 'int'), 4: many('dims', 'int'), 5: one('reshape', Reshape) }),
  6: many('output', { 1: one('name'), 2: one('data_type', 'int'), 3: many('dims', 'int'), 5: one('reshape', Reshape) }),
  7: many('instance_group', { 1: one('name'), 2: one('count', 'int'), 4: one('kind', 'int') }),
  8: one('default_model_filename'),
  11: one('dynamic_batching', { 2: one('max_queue_delay_microseconds', 'uint') }),
  17: one('backend'),
};

const Statistics: MessageShape = {
  1: one('name'),
  2: one('version'),
  3: one('last_inference', 'uint'),
  4: one('inference_count', 'uint'),
  5: one('execution_count', 'uint'),
  6: one('inference_stats', {
    1: one('success', Duration),
    2: one('fail', Duration),
    3: one('queue', Duration),
    4: one('compute_input', Duration),
    5: one('compute_infer', Duration),
    6: one('compute_output', Duration),
    7: one('cache_hit', Duration),
    8: one('cache_miss', Duration),
  }),
  7: many('batch_stats', {
    1: one('batch_size', 'uint'),
    2: one('compute_input', Duration),
    3: one('compute_infer', Duration),
    4: one('compute_output', Duration),
  }),
};

const InferResponse: MessageShape = {
  1: one('model_name'),
  2: one('model_version'),
  3: one('id'),
  4: map('parameters', Parameter),
  5: many('outputs', Tensor),
  6: many('raw_output_contents', 'bytes'),
};

/** Messages of package `inference`: Open Inference Protocol v2 with Triton's extensions, and of `grpc.health.v1`. Field numbers from their .proto files. */
export const messages = {
  Empty: {},
  Live: { 1: one('live', 'bool') },
  Ready: { 1: one('ready', 'bool') },
  ModelRequest,
  ServerMetadata: { 1: one('name'), 2: one('version'), 3: many('extensions') },
  ModelMetadata: {
    1: one('name'),
    2: many('versions'),
    3: one('platform'),
    4: many('inputs', TensorMetadata),
    5: many('outputs', TensorMetadata),
    6: map('properties', 'string'),
  },
  InferRequest: {
    1: one('model_name'),
    2: one('model_version'),
    3: one('id'),
    4: map('parameters', Parameter),
    5: many('inputs', Tensor),
    6: many('outputs', { 1: one('name'), 2: map('parameters', Parameter) }),
    7: many('raw_input_contents', 'bytes'),
  },
  InferResponse,
  StreamInferResponse: { 1: one('error_message'), 2: one('infer_response', InferResponse) },
  ConfigResponse: { 1: one('config', Config) },
  StatisticsResponse: { 1: many('model_stats', Statistics) },
  IndexRequest: { 1: one('repository_name'), 2: one('ready', 'bool') },
  IndexResponse: { 1: many('models', { 1: one('name'), 2: one('version'), 3: one('state'), 4: one('reason') }) },
  Repository,
  HealthRequest: { 1: one('service') },
  HealthResponse: { 1: one('status', 'int') },
} as const satisfies Record<string, MessageShape>;
