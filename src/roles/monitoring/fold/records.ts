import { EVENT_TYPES, type PredictionData } from '#contract/events.ts';
import { type LogChunk, RECORD_HEADER_BYTES } from '#ports/event-log.ts';

/** What monitoring takes from an event: a prediction to count, or that there is a new label. */
export type Observed = { readonly kind: 'prediction'; readonly timeMs: number; readonly data: PredictionData } | { readonly kind: 'label' };

const LABEL: Observed = { kind: 'label' };

/** The raw records of a chunk's bytes, from `skip` records on. */
export function* recordsOf(bytes: LogChunk['bytes'], skip = 0): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; at + RECORD_HEADER_BYTES <= bytes.length; i++) {
    const start = at + RECORD_HEADER_BYTES;
    at = start + view.getUint32(at, true);
    if (i >= skip) yield bytes.subarray(start, at);
  }
}

/** The event, or undefined for other types and for records that are none: the index keeps those as dead letters. */
export function observe(record: Uint8Array): Observed | undefined {
  try {
    const event = JSON.parse(Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString('utf8')) as {
      type?: string;
      time?: string;
      data?: unknown;
    };
    if (typeof event.data !== 'object' || event.data === null) return undefined;
    if (event.type === EVENT_TYPES.feedback) return LABEL;
    if (event.type !== EVENT_TYPES.prediction) return undefined;
    const data = event.data as PredictionData;
    const timeMs = Date.parse(event.time ?? '');
    const isWhole =
      typeof data.deployment === 'string' &&
      typeof data.model_name === 'string' &&
      typeof data.features === 'object' &&
      data.features !== null;
    return Number.isNaN(timeMs) || !isWhole ? undefined : { kind: 'prediction', timeMs, data };
  } catch {
    return undefined;
  }
}
