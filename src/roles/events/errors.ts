import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  predictionNotFound: {
    code: 'EVENTS_PREDICTION_NOT_FOUND',
    status: 404,
    message: ({ id }) => `There is no prediction '${id}' in the index.`,
    hint: 'It may be older than the retention of the index (events.index_max_age_days).',
  } satisfies ErrorSpec<{ id: string }>,
  rangeInvalid: {
    code: 'EVENTS_RANGE_INVALID',
    status: 400,
    message: ({ from, to }) => `from (${from}) must be before to (${to}).`,
  } satisfies ErrorSpec<{ from: string; to: string }>,
  bucketsTooMany: {
    code: 'EVENTS_BUCKETS_TOO_MANY',
    status: 400,
    message: ({ buckets, limit }) =>
      `bucket: the range has ${buckets} buckets of this width, at most ${limit} are allowed: use a wider bucket or a shorter range.`,
  } satisfies ErrorSpec<{ buckets: number; limit: number }>,
  feedbackEmpty: {
    code: 'EVENTS_FEEDBACK_EMPTY',
    status: 400,
    message: () => 'The body must hold `actual` with `prediction_id` or `key`, or a list `items` of such labels.',
  } satisfies ErrorSpec<Record<string, never>>,
  feedbackInvalid: {
    code: 'EVENTS_FEEDBACK_INVALID',
    status: 400,
    message: ({ detail }) => detail,
  } satisfies ErrorSpec<{ detail: string }>,
});
