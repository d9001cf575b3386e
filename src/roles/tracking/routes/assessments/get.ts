import { AssessmentById } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';
import { assessmentToWire } from '../../trace-wire.ts';

/** GET /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id} */
export const getAssessment = trackingRoute({
  method: 'GET',
  path: '/mlflow/traces/:trace_id/assessments/:assessment_id',
  summary: 'What was said of a trace',
  access: 'viewer',
  input: AssessmentById,
  async handle({ store }, { trace_id, assessment_id }) {
    return { assessment: assessmentToWire(trace_id, await store.getAssessment(trace_id, assessment_id)) };
  },
});
