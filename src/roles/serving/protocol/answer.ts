import type { Outcome } from '../model/decode.ts';
import type { LoadedModel } from '../model/load.ts';
import { members, number, seconds, text } from '../runtime/recorder.ts';

/** The parts of a finished job that an answer tells. */
export interface Answered {
  readonly ids: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly time: string;
  readonly durationMs: number;
}

/** Writes the answer of the plain API: a superset of what the reference systems answer (features.md §1.5). */
export class AnswerWriter {
  readonly #who: string;
  readonly #classes: readonly string[];

  constructor(deployment: string, model: LoadedModel) {
    this.#who = `"model_name":${text(model.name)},"model_version":${text(model.version)},"deployment":${text(deployment)}`;
    this.#classes = model.decoder.classes.map((c, i) => `${i === 0 ? '' : ','}${text(c)}:`);
  }

  /** One row: its fields stand at the top. */
  one(job: Answered): string {
    return `{${this.#row(job, 0)},${this.#tail(job)}}`;
  }

  /** Several rows: `predictions` in the order of the request. */
  many(job: Answered): string {
    const rows = job.outcomes.map((_, i) => `{${this.#row(job, i)}}`);
    return `{"predictions":[${rows.join(',')}],${this.#tail(job)}}`;
  }

  #row(job: Answered, i: number): string {
    const { prediction, probabilities, outputs } = job.outcomes[i] as Outcome;
    const id = `"prediction_id":"${job.ids[i]}"`;
    if (outputs !== null) return `"prediction":null,"outputs":${JSON.stringify(outputs)},${id}`;
    if (this.#classes.length === 0 && probabilities === null)
      return `"prediction":${typeof prediction === 'string' ? text(prediction) : number(prediction as number)},${id}`;
    const label =
      typeof prediction === 'number'
        ? `"prediction":${number(prediction)},"predicted_class":"${prediction}"`
        : this.#label(prediction as string);
    if (probabilities === null) return `${label},${id}`;
    let shares = '';
    if (probabilities.length !== this.#classes.length) shares = probabilities.map((p, c) => `"${c}":${number(p)}`).join(',');
    else shares = members(job.outcomes[i] as Outcome, this.#classes);
    return `${label},"probabilities":{${shares}},${id}`;
  }

  #label(prediction: string): string {
    const label = text(prediction);
    return `"prediction":${label},"predicted_class":${label}`;
  }

  #tail(job: Answered): string {
    return `${this.#who},"timestamp":"${job.time}","prediction_time_seconds":${seconds(job.durationMs)}`;
  }
}
