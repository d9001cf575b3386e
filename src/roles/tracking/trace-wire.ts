import { present } from '#contract/http/mlflow/fields.ts';
import type { TraceInfo } from '#contract/http/mlflow/traces.ts';
import type { Pair, Trace } from './entities.ts';

const pairs = (words: Readonly<Record<string, string>> | null | undefined): Pair[] =>
  Object.entries(words ?? {}).map(([key, value]) => ({ key, value }));
const words = (list: readonly Pair[]): Record<string, string> => Object.fromEntries(list.map(({ key, value }) => [key, value]));

export function traceOfWire(info: TraceInfo): Trace {
  const duration = info.execution_duration;
  return {
    trace_id: info.trace_id,
    experiment_id: info.trace_location.mlflow_experiment.experiment_id,
    request_time: Date.parse(info.request_time),
    duration_ms: duration ? Math.round(Number(duration.slice(0, -1)) * 1000) : null,
    state: info.state ?? 'STATE_UNSPECIFIED',
    client_request_id: info.client_request_id ?? '',
    request_preview: info.request_preview ?? '',
    response_preview: info.response_preview ?? '',
    metadata: pairs(info.trace_metadata),
    tags: pairs(info.tags),
  };
}

export function traceToWire(trace: Trace): unknown {
  return present({
    trace_id: trace.trace_id,
    client_request_id: trace.client_request_id || undefined,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: trace.experiment_id } },
    request_preview: trace.request_preview || undefined,
    response_preview: trace.response_preview || undefined,
    request_time: new Date(trace.request_time).toISOString(),
    execution_duration: trace.duration_ms === null ? undefined : `${(trace.duration_ms / 1000).toFixed(3)}s`,
    state: trace.state,
    trace_metadata: words(trace.metadata),
    tags: words(trace.tags),
  });
}

/** The form of clients before 3.2. */
export function traceToFirstWire(trace: Trace): unknown {
  return present({
    request_id: trace.trace_id,
    experiment_id: trace.experiment_id,
    timestamp_ms: trace.request_time,
    execution_time_ms: trace.duration_ms ?? undefined,
    status: trace.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : trace.state,
    request_metadata: trace.metadata,
    tags: trace.tags,
  });
}
