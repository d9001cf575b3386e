import { CreateAssessment } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';
import { assessmentToWire, newAssessment } from '../../trace-wire.ts';

/** POST /api/3.0/mlflow/traces/{trace_id}/assessments */
export const createAssessment = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/:trace_id/assessments',
  summary: 'Say something of a trace: feedback, or what was expected',
  access: 'editor',
  input: CreateAssessment,
  async handle({ store, clock }, { trace_id, assessment }) {
    const made = await store.createAssessment(trace_id, newAssessment({ ...assessment, assessment_id: undefined }, clock.now()));
    return { assessment: assessmentToWire(trace_id, made) };
  },
});
