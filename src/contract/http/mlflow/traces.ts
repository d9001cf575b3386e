import { z } from 'zod';
import { flag, int64, optional, pairs, required, searchFields, text, texts } from './fields.ts';

const words = z.record(text, text).nullish();

/** Where a trace belongs: an experiment. */
export const TraceLocation = z.object({ type: z.unknown().optional(), mlflow_experiment: z.object({ experiment_id: required }) });

/** Milliseconds since 1970. As far as the difference of two is still a whole number that JSON can carry, and each is a date (ECMA-262 §21.4.1.1). */
const FURTHEST_MS = 4.32e15;
const epochMs = int64.refine((ms) => Math.abs(ms) <= FURTHEST_MS, 'invalid');

const timestamp = z.iso.datetime({ offset: true });
const Feedback = z.object({ value: z.unknown().optional(), error: z.record(text, z.unknown()).nullish() });
const Expectation = z.object({
  value: z.unknown().optional(),
  serialized_value: z.object({ serialization_format: optional, value: text }).nullish(),
});

/** What somebody says of a trace: one of feedback and expectation. */
export const AssessmentFields = z.object({
  assessment_id: optional,
  assessment_name: required,
  span_id: optional,
  source: z.object({ source_type: required, source_id: optional }).nullish(),
  create_time: timestamp.nullish(),
  last_update_time: timestamp.nullish(),
  feedback: Feedback.nullish(),
  expectation: Expectation.nullish(),
  rationale: optional,
  metadata: words,
  overrides: optional,
  valid: flag.nullish(),
});
export type AssessmentFields = z.infer<typeof AssessmentFields>;

/** A trace without its spans, which are an artifact. Times in protobuf's JSON: RFC 3339, and seconds with an `s`. */
export const TraceInfo = z.object({
  trace_id: required,
  client_request_id: optional,
  trace_location: TraceLocation,
  request_preview: optional,
  response_preview: optional,
  request_time: z.iso.datetime({ offset: true }),
  execution_duration: z
    .string()
    .regex(/^-?\d{1,12}(?:\.\d{1,9})?s$/u)
    .nullish(),
  state: z.enum(['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS']).nullish(),
  trace_metadata: words,
  tags: words,
  assessments: z.array(AssessmentFields).nullish(),
});
export type TraceInfo = z.infer<typeof TraceInfo>;

const state = z.enum(['STATE_UNSPECIFIED', 'TRACE_STATUS_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS']);

/** POST traces. Clients since 3.2 send a trace with `trace` when it has ended; those before sent the other fields at its start. */
export const StartTrace = z.object({
  trace: z.object({ trace_info: TraceInfo }).nullish(),
  experiment_id: optional,
  timestamp_ms: epochMs.nullish(),
  request_metadata: pairs,
  tags: pairs,
});
/** PATCH traces/{trace_id}: the end of a trace, from clients before 3.2. */
export const EndTrace = z.object({
  trace_id: required,
  timestamp_ms: epochMs.nullish(),
  status: state.nullish(),
  request_metadata: pairs,
  tags: pairs,
});
/** POST traces/link-to-run */
export const LinkTraces = z.object({ trace_ids: texts.nullish(), run_id: required });
/** POST traces/link-prompts. Versions are numbers or texts. */
export const LinkPrompts = z.object({
  trace_id: required,
  prompt_versions: z.array(z.object({ name: required, version: z.union([required, z.int()]) })).nullish(),
});
/** GET traces: the search of clients before 3.2. */
export const SearchTracesByGet = z.object({ ...searchFields, experiment_ids: texts.nullish(), max_results: int64.nullish() });
/** GET traces/{trace_id} */
export const TraceById = z.object({ trace_id: required });
/** GET traces/get */
export const GetTraceSpans = z.object({ trace_id: required, allow_partial: flag.nullish() });
/** GET traces/batchGet and traces/batchGetInfos. Without experiments those of all are found, with an empty list of them none. */
export const BatchGetTraces = z.object({ trace_ids: texts, experiment_ids: texts.nullish() });
/** POST /v1/traces */
export const ExportTraces = z.object({ body: z.custom<Buffer>((value) => Buffer.isBuffer(value)) });
/** GET get-trace-artifact */
export const TraceFile = z.object({ request_id: required, path: optional });
/** PATCH traces/{trace_id}/tags */
export const SetTraceTag = z.object({ trace_id: required, key: required, value: optional });
/** DELETE traces/{trace_id}/tags?key= */
export const DeleteTraceTag = z.object({ trace_id: required, key: required });
/** POST traces/delete-traces */
export const DeleteTraces = z.object({
  experiment_id: required,
  max_timestamp_millis: int64.nullish(),
  max_traces: int64.nullish(),
  request_ids: texts.nullish(),
});
/** POST traces/search */
export const SearchTraces = z.object({ ...searchFields, locations: z.array(TraceLocation).nullish(), max_results: int64.nullish() });
/** POST traces/calculate-filter-correlation */
export const CorrelateTraces = z.object({
  experiment_ids: texts,
  filter_string1: required,
  filter_string2: required,
  base_filter: optional,
});
/** POST traces/{trace_id}/assessments */
export const CreateAssessment = z.object({ trace_id: required, assessment: AssessmentFields });
/** GET and DELETE traces/{trace_id}/assessments/{assessment_id} */
export const AssessmentById = z.object({ trace_id: required, assessment_id: required });
/** PATCH traces/{trace_id}/assessments/{assessment_id}. The mask names fields as protobuf's JSON does: `assessmentName,feedback`. */
export const UpdateAssessment = AssessmentById.extend({ assessment: AssessmentFields.partial(), update_mask: required });
