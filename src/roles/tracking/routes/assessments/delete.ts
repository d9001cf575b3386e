import { AssessmentById } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';

/** DELETE /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id} */
export const deleteAssessment = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/traces/:trace_id/assessments/:assessment_id',
  summary: 'Take back what was said of a trace; what it corrected counts again',
  access: 'editor',
  input: AssessmentById,
  async handle({ store }, { trace_id, assessment_id }) {
    await store.deleteAssessment(trace_id, assessment_id);
    return {};
  },
});
