import { EVENT_TYPES, type VariantRole } from '#contract/events.ts';
import type { Outcome } from '../model/decode.ts';
import type { LoadedModel } from '../model/load.ts';
import type { Row } from '../model/plan.ts';

/** Labels that are remembered as they are written; a classifier has few. */
const MAX_LABELS = 1000;

/** What differs from row to row beside the row itself and its outcome. */
export interface EventMeta {
  readonly id: string;
  readonly requestId: string;
  readonly row: number;
  readonly time: string;
  readonly durationMs: number;
  readonly queueMs: number;
  readonly batchSize: number;
  readonly key?: string | undefined;
  readonly pairedWith?: string | undefined;
  /** W3C Trace Context of the request, where it is traced: CloudEvents' extension for distributed tracing. */
  readonly traceparent?: string | undefined;
}

/**
 * Writes prediction events (contract/events.ts) of one variant at one version. The text is put together by hand from parts that are made
 * once: `JSON.stringify` of the whole object costs about three times as much, on the path of every prediction.
 */
export class Recorder {
  readonly #source: string;
  readonly #who: string;
  readonly #names: readonly string[];
  readonly #task: string;
  readonly #classes: readonly string[];
  /** Labels in quotes. */
  readonly #labels = new Map<string, string>();

  constructor(deployment: string, role: VariantRole, model: LoadedModel) {
    this.#source = `,"source":${text(`/deployments/${encodeURIComponent(deployment)}`)},"type":"${EVENT_TYPES.prediction}","time":"`;
    const run = model.runId === null ? '' : `,"run_id":${text(model.runId)}`;
    this.#who = `,"deployment":${text(deployment)},"role":"${role}","model_name":${text(model.name)},"model_version":${text(model.version)}${run},"features":{`;
    const names = model.tensors?.names ?? model.schema.fields.map((f) => f.name);
    this.#names = names.map((name, i) => `${i === 0 ? '' : ','}${text(name)}:`);
    this.#task = `"task":"${model.decoder.task}"`;
    this.#classes = model.decoder.classes.map((c, i) => `${i === 0 ? '' : ','}${text(c)}:`);
  }

  ok(row: Row, outcome: Outcome, meta: EventMeta): string {
    const p = outcome.prediction;
    const prediction = p === null ? 'null' : typeof p === 'number' ? number(p) : this.#label(p);
    return this.#write(row, meta, `"status":"ok","prediction":${prediction},${this.#task}${this.#probabilities(outcome)}`);
  }

  failed(row: Row, error: { code: string; message: string }, meta: EventMeta): string {
    return this.#write(row, meta, `"status":"error","prediction":null,${this.#task},"error":${JSON.stringify(error)}`);
  }

  #label(label: string): string {
    let written = this.#labels.get(label);
    if (written === undefined) {
      written = text(label);
      if (this.#labels.size < MAX_LABELS) this.#labels.set(label, written);
    }
    return written;
  }

  #write(row: Row, meta: EventMeta, result: string): string {
    const names = this.#names;
    let features = '';
    for (let i = 0; i < names.length; i++) {
      const value = row[i];
      features +=
        (names[i] as string) +
        (typeof value === 'number'
          ? number(value)
          : typeof value === 'boolean'
            ? String(value)
            : value === '' || value === undefined
              ? 'null'
              : text(value));
    }
    const key = meta.key === undefined ? '' : `,"key":${text(meta.key)}`;
    const pair = meta.pairedWith === undefined ? '' : `,"paired_with":"${meta.pairedWith}"`;
    const trace = meta.traceparent === undefined ? '' : `,"traceparent":"${meta.traceparent}"`;
    const timing = `"duration_ms":${millis(meta.durationMs)},"queue_ms":${millis(meta.queueMs)},"batch_size":${meta.batchSize}`;
    return `{"specversion":"1.0","id":"${meta.id}"${this.#source}${meta.time}"${trace},"data":{"prediction_id":"${meta.id}","request_id":${meta.requestId === meta.id ? `"${meta.id}"` : text(meta.requestId)},"row":${meta.row}${this.#who}${features}},${result},${timing}${key}${pair}}}`;
  }

  #probabilities(outcome: Outcome): string {
    const { probabilities } = outcome;
    if (probabilities === null || probabilities.length !== this.#classes.length) return '';
    return `,"probabilities":{${members(outcome, this.#classes)}}`;
  }
}

/**
 * A row's probabilities as JSON members. Both the event and the answer have them, and writing a float is slow enough to do it once.
 * @param names per class its name in quotes and a colon, from the second on behind a comma
 */
export function members(outcome: Outcome, names: readonly string[]): string {
  if (outcome.members !== undefined) return outcome.members;
  const values = outcome.probabilities as readonly number[];
  let out = '';
  for (let i = 0; i < values.length; i++) out += (names[i] as string) + number(values[i] as number);
  outcome.members = out;
  return out;
}

/** Three digits of every number below 1,000. */
const THREE = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));
const MAX_MICROS = 2 ** 31;

/** Milliseconds with three decimals; several times as fast as `toFixed`. */
export function millis(ms: number): string {
  const micros = Math.round(ms * 1000);
  if (!(micros >= 0 && micros < MAX_MICROS)) return ms.toFixed(3);
  return `${Math.floor(micros / 1000)}.${THREE[micros % 1000]}`;
}

/** Milliseconds as seconds with six decimals. */
export function seconds(ms: number): string {
  const micros = Math.round(ms * 1000);
  if (!(micros >= 0 && micros < MAX_MICROS)) return (ms / 1000).toFixed(6);
  const whole = Math.floor(micros / 1000);
  return `${Math.floor(whole / 1000)}.${THREE[whole % 1000]}${THREE[micros % 1000]}`;
}

const PLAIN = /^[\w .:/@+-]*$/u;

/** A JSON string; most names and ids need no escaping, which the pattern finds out faster than JSON.stringify. */
export function text(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

/** A JSON number; what JSON cannot say becomes null. */
export function number(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}
