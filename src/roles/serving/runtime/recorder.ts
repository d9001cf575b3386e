import { EVENT_TYPES, type VariantRole } from '#contract/events.ts';
import type { ModelField } from '#contract/model-schema.ts';
import type { Outcome } from '../model/decode.ts';
import type { LoadedModel } from '../model/load.ts';
import type { Row } from '../model/plan.ts';

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

  constructor(deployment: string, role: VariantRole, model: LoadedModel) {
    this.#source = `,"source":${text(`/deployments/${encodeURIComponent(deployment)}`)},"type":"${EVENT_TYPES.prediction}","time":"`;
    const run = model.runId === null ? '' : `,"run_id":${text(model.runId)}`;
    this.#who = `,"deployment":${text(deployment)},"role":"${role}","model_name":${text(model.name)},"model_version":${text(model.version)}${run},"features":{`;
    this.#names = model.schema.fields.map((f: ModelField, i) => `${i === 0 ? '' : ','}${text(f.name)}:`);
    this.#task = `"task":"${model.decoder.task}"`;
    this.#classes = model.decoder.classes.map((c, i) => `${i === 0 ? '' : ','}${text(c)}:`);
  }

  ok(row: Row, outcome: Outcome, meta: EventMeta): string {
    const p = outcome.prediction;
    const prediction = p === null ? 'null' : typeof p === 'number' ? number(p) : text(p);
    return this.#write(row, meta, `"status":"ok","prediction":${prediction},${this.#task}${this.#probabilities(outcome.probabilities)}`);
  }

  failed(row: Row, error: { code: string; message: string }, meta: EventMeta): string {
    return this.#write(row, meta, `"status":"error","prediction":null,${this.#task},"error":${JSON.stringify(error)}`);
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
    const timing = `"duration_ms":${meta.durationMs.toFixed(3)},"queue_ms":${meta.queueMs.toFixed(3)},"batch_size":${meta.batchSize}`;
    return `{"specversion":"1.0","id":"${meta.id}"${this.#source}${meta.time}","data":{"prediction_id":"${meta.id}","request_id":${text(meta.requestId)},"row":${meta.row}${this.#who}${features}},${result},${timing}${key}${pair}}}`;
  }

  #probabilities(values: readonly number[] | null): string {
    if (values === null || values.length !== this.#classes.length) return '';
    let out = ',"probabilities":{';
    for (let i = 0; i < values.length; i++) out += (this.#classes[i] as string) + number(values[i] as number);
    return `${out}}`;
  }
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
