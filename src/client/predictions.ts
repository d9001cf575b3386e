import type { PredictAnswer, PredictManyAnswer } from '#contract/http/inference/predict.ts';
import type {
  FeedbackAnswer,
  FeedbackItem,
  PredictionDetail,
  PredictionItem,
  PredictionList,
  PredictionQuery,
} from '#contract/http/platform/events.ts';
import { encodePath, type Http } from './http.ts';

/** Values by field, or in the order of the model's fields. */
export type Row = Readonly<Record<string, string | number | boolean | null>> | readonly (string | number | boolean | null)[];

export interface PredictOptions {
  /** The default deployment where absent. */
  readonly deployment?: string;
  /** The same key gets the same answer, once recorded: the call may then be tried again when a connection breaks. */
  readonly idempotencyKey?: string;
}

export type PredictionFilter = { readonly [K in keyof PredictionQuery]?: string };

const MOST_LABELS = 10_000;
const PAGE = 1000;

/** Asks deployments, tells the truth afterwards, and reads what was predicted. */
export class Predictions {
  readonly #http: Http;
  constructor(http: Http) {
    this.#http = http;
  }

  predict(row: Row, options: PredictOptions = {}): Promise<PredictAnswer> {
    return this.#ask(Array.isArray(row) ? { features: row } : row, options);
  }

  /** All rows in one request; the answers come in their order. */
  predictMany(rows: readonly Row[], options: PredictOptions = {}): Promise<PredictManyAnswer> {
    return this.#ask(rows, options);
  }

  /** Tells true outcomes. Telling the same again changes nothing. */
  async feedback(items: readonly FeedbackItem[]): Promise<FeedbackAnswer> {
    const total: FeedbackAnswer = { accepted: 0, replaced: 0, unchanged: 0, unknown: [], invalid: [], warnings: [] };
    for (let at = 0; at < items.length; at += MOST_LABELS) {
      const body = { items: items.slice(at, at + MOST_LABELS) };
      const part = await this.#http.json<FeedbackAnswer>('POST', '/feedback', { body, repeatable: true });
      total.accepted += part.accepted;
      total.replaced += part.replaced;
      total.unchanged += part.unchanged;
      total.unknown.push(...part.unknown);
      total.invalid.push(...part.invalid.map((one) => ({ ...one, index: one.index + at })));
      total.warnings.push(...part.warnings.map((one) => ({ ...one, index: one.index + at })));
    }
    return total;
  }

  /** Predictions newest first, page by page, as they are asked for. */
  async *list(filter: PredictionFilter = {}, { limit = Number.POSITIVE_INFINITY } = {}): AsyncGenerator<PredictionItem> {
    let cursor: string | undefined;
    for (let left = limit; left > 0; ) {
      const query = { ...filter, limit: Math.min(PAGE, left), cursor };
      const page = await this.#http.json<PredictionList>('GET', '/api/v1/predictions', { query });
      left -= page.items.length;
      yield* page.items;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  async count(filter: PredictionFilter = {}): Promise<number> {
    return (await this.#http.json<{ count: number }>('GET', '/api/v1/predictions/count', { query: { ...filter } })).count;
  }

  /** One prediction with what it came from, its pairs and its label. */
  get(predictionId: string): Promise<PredictionDetail> {
    return this.#http.json('GET', `/api/v1/predictions/${encodePath(predictionId)}`);
  }

  #ask<R>(body: unknown, { deployment, idempotencyKey }: PredictOptions): Promise<R> {
    const path = deployment === undefined ? '/predict' : `/deployments/${encodePath(deployment)}/predict`;
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return this.#http.json('POST', path, { body, headers, repeatable: idempotencyKey !== undefined });
  }
}
