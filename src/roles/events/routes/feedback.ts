import { FeedbackAnswer, FeedbackRequest } from '#contract/http/platform/events.ts';
import type { Scalar } from '#http/metrics.ts';
import { defineRoute } from '#http/route.ts';
import { fail } from '../errors.ts';
import type { Feedback } from '../feedback.ts';

interface Deps {
  readonly feedback: Feedback;
  readonly results: Scalar;
}

/** POST /feedback */
export const postFeedback = defineRoute<Deps>()({
  method: 'POST',
  path: '/feedback',
  mounts: ['', '/api/v1'],
  summary: 'Tell the true outcome of predictions',
  access: 'caller',
  tag: 'predictions',
  input: FeedbackRequest,
  answer: FeedbackAnswer,
  async handle({ feedback, results }, { items, ...single }) {
    const given = Object.fromEntries(Object.entries(single).filter(([, value]) => value !== undefined));
    if (items === undefined && Object.keys(given).length === 0) throw fail.feedbackEmpty({});
    if (items === undefined && given['actual'] === undefined)
      throw fail.feedbackInvalid({ detail: 'actual: is required: the true outcome, a number for regression, a class otherwise' });
    if (items === undefined && given['prediction_id'] === undefined && given['key'] === undefined) {
      throw fail.feedbackInvalid({ detail: 'prediction_id: is required, or key with deployment' });
    }
    const answer = await feedback.submit(items ?? [given]);
    for (const result of ['accepted', 'replaced', 'unchanged'] as const) results.inc(answer[result], { result });
    for (const result of ['unknown', 'invalid'] as const) results.inc(answer[result].length, { result });
    return answer;
  },
});
