import type { z } from 'zod';
import { UpdateAssessment } from '#contract/http/mlflow/traces.ts';
import type { AssessmentChange } from '../../entities.ts';
import { trackingRoute } from '../../route.ts';
import { assessmentToWire, saidOf } from '../../trace-wire.ts';

/** PATCH /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id} */
export const updateAssessment = trackingRoute({
  method: 'PATCH',
  path: '/mlflow/traces/:trace_id/assessments/:assessment_id',
  summary: 'Change what was said of a trace',
  access: 'editor',
  input: UpdateAssessment,
  async handle({ store, clock }, { trace_id, assessment_id, assessment, update_mask }) {
    const at = { traceId: trace_id, id: assessment_id };
    const changed = await store.updateAssessment(at, { ...changeOf(assessment, update_mask), now: clock.now() });
    return { assessment: assessmentToWire(trace_id, changed) };
  },
});

/** What the mask names and the request holds; names that mean nothing here are passed over, as upstream does. */
function changeOf(assessment: z.infer<typeof UpdateAssessment>['assessment'], mask: string): Omit<AssessmentChange, 'now'> {
  const named = new Set(mask.split(',').map((name) => name.trim().replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)));
  const { assessment_name, rationale, metadata, valid, feedback, expectation } = assessment;
  const said = saidOf({ feedback: named.has('feedback') ? feedback : null, expectation: named.has('expectation') ? expectation : null });
  return {
    ...said,
    ...(named.has('assessment_name') && assessment_name ? { assessment_name } : {}),
    ...(named.has('rationale') && typeof rationale === 'string' ? { rationale } : {}),
    ...(named.has('metadata') && metadata ? { metadata } : {}),
    ...(named.has('valid') && typeof valid === 'boolean' ? { valid } : {}),
  };
}
