import type { z } from 'zod';
import { missingValue } from '#contract/http/mlflow/names.ts';
import { StartTrace } from '#contract/http/mlflow/traces.ts';
import { refuse } from '#http/mlflow/input.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Trace } from '../../entities.ts';
import { checkExperimentId, checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { FINAL } from '../../store/spans/log.ts';
import { newAssessment, traceOfWire, traceToFirstWire, traceToWire } from '../../trace-wire.ts';

/** POST traces: a whole trace, of which the spans follow as an artifact; or the beginning of one. */
export const startTrace = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces',
  summary: 'Keep a trace',
  access: 'editor',
  input: StartTrace,
  async handle({ store, clock }, { trace, ...begun }) {
    const parsed = trace ? traceOfWire(trace.trace_info) : beginning(begun, clock.now());
    checkExperimentId(parsed.experiment_id);
    const said = (trace?.trace_info.assessments ?? []).map((each) => newAssessment(each, clock.now()));
    const final = trace ? { ...parsed, metadata: [...parsed.metadata, FINAL] } : parsed;
    const saved = await store.saveTrace(final, said);
    return trace ? { trace: { trace_info: traceToWire(saved) } } : { trace_info: traceToFirstWire(saved) };
  },
});

function beginning({ experiment_id, timestamp_ms, request_metadata, tags }: Omit<z.infer<typeof StartTrace>, 'trace'>, now: number): Trace {
  if (!experiment_id) throw refuse(`${missingValue('trace')} See the API docs for more information about request parameters.`);
  return {
    trace_id: `tr-${randomHex(32)}`,
    experiment_id,
    request_time: timestamp_ms ?? now,
    duration_ms: null,
    state: 'IN_PROGRESS',
    client_request_id: '',
    request_preview: '',
    response_preview: '',
    metadata: request_metadata ?? [],
    tags: (tags ?? []).map((tag) => checkedTag(tag)),
    assessments: [],
  };
}
