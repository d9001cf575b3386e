import { EVENT_TYPES, type FeedbackData, type PredictionData } from '#contract/events.ts';

/** A record as the index takes it. */
export type Decoded =
  | { readonly kind: 'prediction'; readonly timeMs: number; readonly data: PredictionData }
  | { readonly kind: 'feedback'; readonly timeMs: number; readonly data: FeedbackData }
  | { readonly kind: 'other' }
  | { readonly kind: 'dead'; readonly reason: string };

const OTHER: Decoded = { kind: 'other' };
type Unchecked = Record<string, unknown>;

/** Reads one event. Checked by hand: a schema library costs several times as much per row as all the rest. */
export function decode(text: string): Decoded {
  let event: Unchecked;
  try {
    event = JSON.parse(text) as Unchecked;
  } catch (error) {
    return { kind: 'dead', reason: `not JSON: ${(error as Error).message}` };
  }
  if (!isObject(event)) return { kind: 'dead', reason: 'not an object' };
  const { type, time, data } = event;
  if (typeof type !== 'string') return { kind: 'dead', reason: 'type is not a text' };
  if (type !== EVENT_TYPES.prediction && type !== EVENT_TYPES.feedback) return OTHER;
  const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(timeMs)) return { kind: 'dead', reason: 'time is not an RFC 3339 time' };
  if (!isObject(data)) return { kind: 'dead', reason: 'data is not an object' };
  const problem = type === EVENT_TYPES.prediction ? predictionProblem(data) : feedbackProblem(data);
  if (problem !== undefined) return { kind: 'dead', reason: problem };
  return type === EVENT_TYPES.prediction
    ? { kind: 'prediction', timeMs, data: data as unknown as PredictionData }
    : { kind: 'feedback', timeMs, data: data as unknown as FeedbackData };
}

const REQUIRED_TEXTS = ['prediction_id', 'request_id', 'deployment', 'role', 'model_name', 'model_version', 'status', 'task'] as const;
const OPTIONAL_TEXTS = ['run_id', 'key', 'paired_with'] as const;
const OPTIONAL_NUMBERS = ['queue_ms', 'batch_size'] as const;

function predictionProblem(data: Unchecked): string | undefined {
  for (const name of REQUIRED_TEXTS) if (typeof data[name] !== 'string') return `data.${name} is not a text`;
  for (const name of OPTIONAL_TEXTS) if (data[name] != null && typeof data[name] !== 'string') return `data.${name} is not a text`;
  for (const name of OPTIONAL_NUMBERS) if (data[name] != null && typeof data[name] !== 'number') return `data.${name} is not a number`;
  if (!isInt32(data.row)) return 'data.row is not an integer';
  if (data.batch_size != null && !isInt32(data.batch_size)) return 'data.batch_size is not an integer';
  if (!Number.isFinite(data.duration_ms)) return 'data.duration_ms is not a finite number';
  const { prediction } = data;
  if (prediction !== null && typeof prediction !== 'string' && typeof prediction !== 'number')
    return 'data.prediction is neither number, text nor null';
  if (typeof prediction === 'number' && !Number.isFinite(prediction)) return 'data.prediction is not finite';
  if (!isObject(data.features)) return 'data.features is not an object';
  if (data.probabilities != null && !isObject(data.probabilities)) return 'data.probabilities is not an object';
  if (data.error != null && !(isObject(data.error) && typeof data.error.code === 'string' && typeof data.error.message === 'string')) {
    return 'data.error has no code and message';
  }
  return undefined;
}

function feedbackProblem(data: Unchecked): string | undefined {
  for (const name of ['prediction_id', 'deployment', 'observed_at'] as const) {
    if (typeof data[name] !== 'string') return `data.${name} is not a text`;
  }
  return typeof data.actual === 'string' || Number.isFinite(data.actual) ? undefined : 'data.actual is neither number nor text';
}

function isObject(value: unknown): value is Unchecked {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}
