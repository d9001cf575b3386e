import { EVENT_TYPES, type FeedbackData, recordedId } from '#contract/events.ts';
import { type FeedbackAnswer, FeedbackItem } from '#contract/http/platform/events.ts';
import { parseTime } from '#contract/http/platform/time.ts';
import type { ModelSchema } from '#contract/model-schema.ts';
import { platformInputError } from '#http/input.ts';
import type { Clock } from '#kernel/clock.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import type { Analytics, IndexedPrediction } from '#ports/analytics.ts';
import type { ServingApi } from '../serving/api.ts';
import { Batcher } from './feedback-batcher.ts';
import { checkLabel, sameLabel } from './label.ts';

/** What became of one label. */
export type Verdict =
  | { readonly kind: 'accepted' | 'replaced' | 'unchanged'; readonly warning?: string }
  | { readonly kind: 'unknown'; readonly id: string }
  | { readonly kind: 'invalid'; readonly message: string };

interface Parts {
  readonly analytics: Pick<Analytics, 'getMany' | 'getByKeys'>;
  readonly serving: Pick<ServingApi, 'list'>;
  readonly append: (events: readonly Uint8Array[]) => Promise<void>;
  readonly indexed: (timeoutMs: number) => Promise<boolean>;
  readonly clock: Clock;
  /** How long to wait for the index before a prediction counts as unknown. */
  readonly waitMs: number;
}

interface Checked {
  readonly id?: string;
  /** The id in the caller's words. */
  readonly given?: string;
  readonly key?: string;
  readonly deployment?: string;
  readonly actual: number | string | boolean;
  readonly observedAt: string;
}

/** Labels given moments ago that the index may not show yet; more would only matter for a label that is corrected at once. */
const MAX_RECENT = 50_000;

/** Takes labels: finds the prediction, checks the label, tells duplicates from corrections, makes the rest durable. */
export class Feedback {
  readonly #parts: Parts;
  readonly #batches: Batcher<unknown, Verdict>;
  readonly #recent = new Map<string, number | string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#batches = new Batcher((items) => this.#judge(items));
  }

  async submit(items: readonly unknown[]): Promise<FeedbackAnswer> {
    const verdicts = await this.#batches.submit(items);
    const count = (kind: Verdict['kind']): number => verdicts.filter((v) => v.kind === kind).length;
    return {
      accepted: count('accepted'),
      replaced: count('replaced'),
      unchanged: count('unchanged'),
      unknown: verdicts.flatMap((v) => (v.kind === 'unknown' ? [v.id] : [])),
      invalid: verdicts.flatMap((v, index) => (v.kind === 'invalid' ? [{ index, message: v.message }] : [])),
      warnings: verdicts.flatMap((v, index) => ('warning' in v && v.warning !== undefined ? [{ index, message: v.warning }] : [])),
    };
  }

  async #judge(items: readonly unknown[]): Promise<Verdict[]> {
    const deployments = await this.#parts.serving.list();
    const standard = deployments.find((d) => d.is_default)?.name;
    const schemas = new Map(deployments.map((d) => [d.name, d.schema]));
    const checked = items.map((item) => this.#check(item, standard));
    const find = await this.#find(checked.filter((c): c is Checked => !('problem' in c)));
    const now = this.#parts.clock.now();
    const events: FeedbackData[] = [];
    const verdicts = checked.map((item): Verdict => {
      if ('problem' in item) return { kind: 'invalid', message: item.problem };
      const row = find(item);
      if (row === undefined) return { kind: 'unknown', id: item.given ?? item.key ?? '' };
      return this.#label(row, item, { schema: schemas.get(row.deployment) ?? null, events });
    });
    await this.#store(events, now);
    return verdicts;
  }

  #check(given: unknown, standard: string | undefined): Checked | { readonly problem: string } {
    const parsed = FeedbackItem.safeParse(given);
    if (!parsed.success) return { problem: platformInputError(parsed.error.issues).message };
    const { prediction_id, key, actual, observed_at } = parsed.data;
    const deployment = parsed.data.deployment ?? standard;
    const now = this.#parts.clock.now();
    const observed = observed_at === undefined ? now : parseTime(observed_at, now);
    if (observed === undefined) return { problem: `observed_at: '${observed_at}' is not an RFC 3339 time` };
    const rest = { actual, observedAt: new Date(observed).toISOString() };
    if (prediction_id !== undefined) return { id: recordedId(prediction_id), given: prediction_id, ...rest };
    if (key === undefined) return { problem: 'prediction_id: is required, or key with deployment' };
    if (deployment === undefined) return { problem: 'deployment: is required with key, because there is no default deployment' };
    return { key, deployment, ...rest };
  }

  async #find(items: readonly Checked[]): Promise<(item: Checked) => IndexedPrediction | undefined> {
    const byId = new Map<string, IndexedPrediction>();
    const byKey = new Map<string, IndexedPrediction>();
    const find = (item: Checked): IndexedPrediction | undefined =>
      item.id !== undefined ? byId.get(item.id) : byKey.get(`${item.deployment}\n${item.key}`);
    await this.#load(items, byId, byKey);
    const missing = items.filter((item) => find(item) === undefined);
    if (missing.length > 0) {
      await this.#parts.indexed(this.#parts.waitMs);
      await this.#load(missing, byId, byKey);
    }
    // A label of a shadow's row belongs to the row that was answered: that one's label counts for all.
    const primaries = items.map(find).flatMap((row) => (row?.paired_with ? [row.paired_with] : []));
    await this.#load(
      [...new Set(primaries)].map((id) => ({ id })),
      byId,
      byKey,
    );
    return (item) => {
      const row = find(item);
      return row?.paired_with ? (byId.get(row.paired_with) ?? row) : row;
    };
  }

  async #load(
    items: readonly Pick<Checked, 'id' | 'key' | 'deployment'>[],
    byId: Map<string, IndexedPrediction>,
    byKey: Map<string, IndexedPrediction>,
  ): Promise<void> {
    const { analytics } = this.#parts;
    const ids = [...new Set(items.flatMap((item) => (item.id === undefined ? [] : [item.id])))];
    if (ids.length > 0) for (const row of await analytics.getMany(ids)) byId.set(row.prediction_id, row);
    const keyed = Map.groupBy(
      items.filter((item) => item.id === undefined),
      (item) => item.deployment ?? '',
    );
    for (const [deployment, group] of keyed) {
      const keys = [...new Set(group.map((item) => item.key ?? ''))];
      for (const row of await analytics.getByKeys(deployment, keys)) byKey.set(`${deployment}\n${row.key}`, row);
    }
  }

  #label(row: IndexedPrediction, item: Checked, to: { readonly schema: ModelSchema | null; readonly events: FeedbackData[] }): Verdict {
    const check = checkLabel(item.actual, row, to.schema);
    if ('problem' in check) return { kind: 'invalid', message: check.problem };
    const before = this.#recent.get(row.prediction_id) ?? row.actual;
    if (before !== null && before !== undefined && sameLabel(before, check.actual, row.task)) return { kind: 'unchanged' };
    const replaced = before !== null && before !== undefined;
    this.#remember(row.prediction_id, check.actual);
    to.events.push({
      prediction_id: row.prediction_id,
      deployment: row.deployment,
      actual: check.actual,
      observed_at: item.observedAt,
      replaced,
    });
    return { kind: replaced ? 'replaced' : 'accepted', ...(check.warning === undefined ? {} : { warning: check.warning }) };
  }

  #remember(id: string, actual: number | string): void {
    this.#recent.delete(id);
    this.#recent.set(id, actual);
    if (this.#recent.size > MAX_RECENT) this.#recent.delete(this.#recent.keys().next().value as string);
  }

  async #store(events: readonly FeedbackData[], nowMs: number): Promise<void> {
    if (events.length === 0) return;
    const time = new Date(nowMs).toISOString();
    const records = events.map((data) =>
      Buffer.from(
        JSON.stringify({
          specversion: '1.0',
          id: timeOrderedId(nowMs),
          source: `/deployments/${data.deployment}`,
          type: EVENT_TYPES.feedback,
          time,
          subject: data.prediction_id,
          data,
        }),
      ),
    );
    try {
      await this.#parts.append(records);
    } catch (error) {
      // Nothing was kept, so nothing may be remembered: the caller will send it again.
      for (const { prediction_id } of events) this.#recent.delete(prediction_id);
      throw error;
    }
  }
}
