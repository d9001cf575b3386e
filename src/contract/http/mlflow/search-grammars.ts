import type { Entity, SearchGrammar } from './search-filter.ts';

const attribute: Readonly<Record<string, Entity>> = {
  attributes: 'attribute',
  attribute: 'attribute',
  attr: 'attribute',
  run: 'attribute',
};
const metric: Readonly<Record<string, Entity>> = { metrics: 'metric', metric: 'metric' };
const param: Readonly<Record<string, Entity>> = { params: 'param', param: 'param', parameters: 'param', parameter: 'param' };
const tag: Readonly<Record<string, Entity>> = { tags: 'tag', tag: 'tag' };

const texts = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, { key, kind: 'text' as const }]));
const numbers = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, { key, kind: 'number' as const }]));
const named = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, key]));
const also = <T>(value: T, ...spellings: string[]) => Object.fromEntries(spellings.map((spelling) => [spelling, value]));

const RUN_NAMES = ['run name', 'Run name', 'Run Name', 'name'];

/** POST runs/search */
export const runGrammar: SearchGrammar = {
  entities: { ...metric, ...param, ...tag, ...attribute, datasets: 'dataset', dataset: 'dataset' },
  attributes: {
    ...texts('run_id', 'run_name', 'user_id', 'status', 'artifact_uri', 'experiment_id'),
    ...also({ key: 'run_name', kind: 'text' } as const, ...RUN_NAMES),
    ...numbers('start_time', 'end_time'),
    ...also({ key: 'start_time', kind: 'number' } as const, 'created', 'Created'),
  },
  keys: { dataset: { name: 'text', digest: 'text', context: 'text' } },
  order: {
    ...named('start_time', 'end_time', 'run_name', 'run_id', 'status', 'user_id', 'artifact_uri', 'experiment_id'),
    ...also('run_name', ...RUN_NAMES),
    ...also('start_time', 'created', 'Created'),
  },
};

/** POST and GET experiments/search */
export const experimentGrammar: SearchGrammar = {
  entities: { ...tag, ...attribute },
  attributes: { ...texts('name', 'experiment_id'), ...numbers('creation_time', 'last_update_time') },
  order: named('name', 'experiment_id', 'creation_time', 'last_update_time'),
};

/** GET registered-models/search */
export const registeredModelGrammar: SearchGrammar = {
  entities: { ...tag, ...attribute },
  attributes: texts('name'),
  order: { ...named('name', 'last_updated_timestamp', 'creation_timestamp'), ...also('last_updated_timestamp', 'timestamp') },
};

/** GET model-versions/search */
export const modelVersionGrammar: SearchGrammar = {
  entities: { ...tag, ...attribute },
  attributes: {
    ...texts('name', 'run_id', 'source_path', 'current_stage', 'status'),
    ...also({ key: 'source_path', kind: 'text' } as const, 'source'),
    ...numbers('version_number', 'creation_timestamp', 'last_updated_timestamp'),
    ...also({ key: 'version_number', kind: 'number' } as const, 'version'),
  },
  order: { ...named('name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'), ...also('version_number', 'version') },
};

const MODEL_TIMES = {
  ...numbers('creation_timestamp', 'last_updated_timestamp'),
  ...also({ key: 'creation_timestamp', kind: 'number' } as const, 'creation_time', 'creation_timestamp_ms'),
  ...also({ key: 'last_updated_timestamp', kind: 'number' } as const, 'last_updated_time', 'last_updated_timestamp_ms'),
};

/** POST logged-models/search */
export const loggedModelGrammar: SearchGrammar = {
  entities: { ...metric, ...param, ...tag, ...attribute },
  attributes: { ...texts('name', 'model_id', 'model_type', 'status', 'source_run_id', 'experiment_id'), ...MODEL_TIMES },
  order: {
    ...named('name', 'model_id', 'model_type', 'status', 'source_run_id', 'experiment_id'),
    ...Object.fromEntries(Object.entries(MODEL_TIMES).map(([spelling, { key }]) => [spelling, key])),
  },
};

const TRACE_ATTRIBUTES = {
  ...texts('trace_id', 'name', 'status', 'run_id', 'client_request_id'),
  ...also({ key: 'trace_id', kind: 'text' } as const, 'request_id'),
  ...also({ key: 'status', kind: 'text' } as const, 'state'),
  ...numbers('timestamp_ms', 'execution_time_ms', 'end_time_ms'),
  ...also({ key: 'timestamp_ms', kind: 'number' } as const, 'timestamp', 'request_time'),
  ...also({ key: 'execution_time_ms', kind: 'number' } as const, 'execution_time', 'execution_duration'),
  ...also({ key: 'end_time_ms', kind: 'number' } as const, 'end_time'),
};

/** POST traces/search. Metadata of a trace is what `param` means here. */
export const traceGrammar: SearchGrammar = {
  entities: {
    ...tag,
    ...attribute,
    trace: 'attribute',
    metadata: 'param',
    request_metadata: 'param',
    span: 'span',
    feedback: 'feedback',
    expectation: 'expectation',
    issue: 'issue',
  },
  attributes: {
    ...TRACE_ATTRIBUTES,
    text: { entity: 'span', key: 'content', kind: 'pattern' },
    prompt: { entity: 'prompt', key: 'prompt', kind: 'exact' },
  },
  keys: { span: { name: 'text', type: 'text', status: 'text', content: 'pattern' }, issue: { id: 'exact' } },
  withAttributes: ['span'],
  order: {
    experiment_id: 'experiment_id',
    ...Object.fromEntries(Object.entries(TRACE_ATTRIBUTES).map(([spelling, { key }]) => [spelling, key])),
  },
};

/** POST datasets/search */
export const datasetGrammar: SearchGrammar = {
  entities: { ...tag, ...attribute },
  attributes: { ...texts('name', 'created_by', 'last_updated_by'), ...numbers('created_time', 'last_update_time') },
  order: named('name', 'created_time', 'last_update_time'),
};
