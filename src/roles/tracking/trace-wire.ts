import type { AssessmentFields, TraceInfo } from '#contract/http/mlflow/traces.ts';
import { refuse } from '#http/mlflow/input.ts';
import { present } from '#http/mlflow/wire-values.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Assessment, AssessmentBody, Pair, Trace } from './entities.ts';
import type { WireTrace } from './otlp/trace-summary.ts';
import type { NewAssessment } from './store/assessments.ts';

const JSON_FORMAT = 'JSON_FORMAT';

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
    assessments: [],
  };
}

export function traceToWire(trace: Trace): WireTrace {
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
    assessments: trace.assessments.map((each) => assessmentToWire(trace.trace_id, each)),
  }) as WireTrace;
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

export function assessmentToWire(
  traceId: string,
  { assessment_id, create_time, last_update_time, valid, overrides, body }: Assessment,
): unknown {
  const { expectation, ...rest } = body;
  return present({
    ...rest,
    assessment_id,
    trace_id: traceId,
    create_time: new Date(create_time).toISOString(),
    last_update_time: new Date(last_update_time).toISOString(),
    expectation: expectation && expectationToWire(expectation.value),
    overrides: overrides || undefined,
    valid,
  });
}

/** Lists and objects travel as text, so that whole numbers in them stay whole. */
function expectationToWire(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return { value };
  return { serialized_value: { serialization_format: JSON_FORMAT, value: JSON.stringify(value) } };
}

/** @throws REQUEST_INVALID for what is neither feedback nor an expectation */
export function newAssessment(given: AssessmentFields, now: number): NewAssessment {
  const { assessment_name, span_id, source, rationale, metadata, overrides, valid } = given;
  const said = saidOf(given);
  if (!said) throw refuse(`Unknown assessment type: ${assessment_name}`);
  const from = { source_type: source?.source_type ?? 'SOURCE_TYPE_UNSPECIFIED', source_id: source?.source_id ?? 'default' };
  return {
    id: given.assessment_id || `a-${randomHex(32)}`,
    body: {
      assessment_name,
      source: from,
      ...said,
      ...(span_id ? { span_id } : {}),
      ...(rationale ? { rationale } : {}),
      ...(metadata ? { metadata } : {}),
    },
    overrides: overrides ?? '',
    valid: valid ?? true,
    createTime: given.create_time ? Date.parse(given.create_time) : now,
    updateTime: given.last_update_time ? Date.parse(given.last_update_time) : now,
  };
}

/** Feedback or expectation, whichever there is. */
export function saidOf({
  feedback,
  expectation,
}: Pick<AssessmentFields, 'feedback' | 'expectation'>): Pick<AssessmentBody, 'feedback' | 'expectation'> | undefined {
  if (feedback && expectation) throw refuse('Cannot specify both `expectation` and `feedback` parameters.');
  if (feedback) return { feedback: present({ value: feedback.value, error: feedback.error ?? undefined }) };
  if (!expectation) return undefined;
  const text = expectation.serialized_value;
  return { expectation: { value: text ? parsed(text.value) : expectation.value } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("Invalid value for parameter 'serialized_value' supplied: it is not JSON.");
  }
}
