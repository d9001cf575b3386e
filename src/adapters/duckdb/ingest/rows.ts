import type { FeedbackData, PredictionData } from '#contract/events.ts';
import { bigint, boolean, type Column, double, integer, text, timestamp } from './columns.ts';
import { canonicalLabel, labelNumber } from './labels.ts';
import { type Layout, type Layouts, type SlotColumn, slotKind } from './layouts.ts';

export interface Placed<D> {
  readonly timeMs: number;
  readonly log: number;
  readonly offset: number;
  readonly data: D;
}

/** A prediction with its feature values sorted into columns. */
export interface PredictionRow extends Placed<PredictionData> {
  readonly layout: Layout;
  readonly n: (number | undefined)[];
  readonly t: (string | undefined)[];
  readonly b: (boolean | undefined)[];
  readonly extra: string | null;
  readonly label: string | null;
}

/** Sorts the features into columns, asking for new ones where needed. */
export function predictionRow(placed: Placed<PredictionData>, layouts: Layouts): PredictionRow {
  const { data } = placed;
  const layout = layouts.of(data.model_name, data.model_version);
  const slots: { n: (number | undefined)[]; t: (string | undefined)[]; b: (boolean | undefined)[] } = { n: [], t: [], b: [] };
  const extra: Record<string, unknown> = {};
  let spilled = false;
  for (const name in data.features) {
    const value = data.features[name];
    if (value === null || value === undefined) {
      layouts.touch(layout, name);
      continue;
    }
    const kind = slotKind(value);
    const slot = typeof value === 'object' ? undefined : layouts.slot(layout, name, kind);
    if (slot === undefined) {
      extra[name] = value;
      spilled = true;
    } else slots[kind][slot] = value as never;
  }
  return { ...placed, layout, ...slots, extra: spilled ? JSON.stringify(extra) : null, label: labelOf(data) };
}

/** The predicted class in canonical form; a regressor's number is no class. */
function labelOf({ prediction, task }: PredictionData): string | null {
  if (prediction === null || (typeof prediction === 'number' && task !== 'classification')) return null;
  return canonicalLabel(prediction);
}

/** The original text, where the canonical one differs from it. */
function rawLabel(label: number | string | null, canonical: string | null): string | null {
  return typeof label === 'string' && label !== canonical ? label : null;
}

const numberOrNull = (value: number | string | null): number | null => (typeof value === 'number' ? value : null);

/** Probability that the model gave to its own answer. */
function scoreOf({ prediction, probabilities }: PredictionData, label: string | null): number | null {
  if (probabilities == null || prediction === null || label === null) return null;
  const score = probabilities[String(prediction)] ?? probabilities[label];
  if (typeof score === 'number') return score;
  const key = Object.keys(probabilities).find((k) => canonicalLabel(k) === label);
  return key === undefined ? null : (probabilities[key] ?? null);
}

const CORE: readonly Column<PredictionRow>[] = [
  timestamp((r) => r.timeMs),
  integer((r) => r.log),
  bigint((r) => r.offset),
  text((r) => r.data.prediction_id),
  text((r) => r.data.request_id),
  integer((r) => r.data.row),
  text((r) => r.data.deployment),
  text((r) => r.data.role),
  text((r) => r.data.model_name),
  text((r) => r.data.model_version),
  text((r) => r.data.run_id),
  text((r) => r.data.status),
  text((r) => r.data.task),
  text((r) => r.label),
  text((r) => rawLabel(r.data.prediction, r.label)),
  double((r) => numberOrNull(r.data.prediction)),
  double((r) => scoreOf(r.data, r.label)),
  text((r) => (r.data.probabilities == null ? null : JSON.stringify(r.data.probabilities))),
  double((r) => r.data.duration_ms),
  double((r) => r.data.queue_ms),
  integer((r) => r.data.batch_size),
  text((r) => r.data.key),
  text((r) => r.data.paired_with),
  text((r) => r.data.error?.code),
  text((r) => r.data.error?.message),
  integer((r) => r.layout.layout),
  text((r) => r.extra),
];

/** Columns of the predictions table, in its order. */
export function predictionColumns(slots: readonly SlotColumn[]): Column<PredictionRow>[] {
  return [...CORE, ...slots.map(slotColumn)];
}

function slotColumn({ kind, slot }: SlotColumn): Column<PredictionRow> {
  if (kind === 'n') return double((r) => r.n[slot]);
  return kind === 't' ? text((r) => r.t[slot]) : boolean((r) => r.b[slot]);
}

/** Columns of the feedback table, in its order. */
export const FEEDBACK_COLUMNS: readonly Column<Placed<FeedbackData>>[] = [
  timestamp((r) => r.timeMs),
  integer((r) => r.log),
  bigint((r) => r.offset),
  text((r) => r.data.prediction_id),
  text((r) => r.data.deployment),
  text((r) => canonicalLabel(r.data.actual)),
  text((r) => (typeof r.data.actual === 'string' ? r.data.actual : null)),
  double((r) => labelNumber(r.data.actual)),
  text((r) => r.data.observed_at),
];

export interface DeadRow {
  /** When it was found: the record itself may tell no time. */
  readonly timeMs: number;
  readonly log: number;
  readonly offset: number;
  readonly reason: string;
  readonly record: string;
}

export const DEAD_COLUMNS: readonly Column<DeadRow>[] = [
  timestamp((r) => r.timeMs),
  integer((r) => r.log),
  bigint((r) => r.offset),
  text((r) => r.reason),
  text((r) => r.record),
];
