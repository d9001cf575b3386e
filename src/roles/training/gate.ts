import type { GateDecision, GateOptions } from '#contract/http/platform/training.ts';
import type { Target } from '#learners/table.ts';

/** Figures of one model on the common test rows: `rmse`, or `accuracy` and `log_loss`. */
export type GateFigures = Readonly<Record<string, number>>;

/** What is put before the gate. Both sets of figures are of the same rows. */
export interface GateCase {
  readonly task: Target['kind'];
  readonly rows: number;
  readonly candidate: GateFigures;
  /** The version that the alias names now; null where it names none. */
  readonly holder: { readonly version: string; readonly figures: GateFigures } | null;
  readonly options?: GateOptions;
}

const DEFAULT_MIN_ROWS = 30;
const DEFAULT_MIN_IMPROVEMENT = 0.001;

/**
 * Whether a candidate takes the holder's place: only if it is strictly better, by the least gain, on enough common rows. What is not a
 * finite number never wins, a tie keeps the holder, and equal accuracies (a saturated metric would block for ever) are told apart by log loss.
 */
export function decide(gate: GateCase): GateDecision {
  const { candidate, holder, rows, task } = gate;
  const metric = task === 'regression' ? 'rmse' : 'accuracy';
  const value = candidate[metric] ?? Number.NaN;
  const base = { metric, candidate: finite(value), holder: finite(holder?.figures[metric]), holder_version: holder?.version ?? null, rows };
  const keep = (reason: string): GateDecision => ({ promoted: false, reason, ...base });
  if (!Number.isFinite(value)) return keep(`Not promoted: the candidate's ${metric} on the test rows is not a finite number.`);
  const minRows = gate.options?.min_rows ?? DEFAULT_MIN_ROWS;
  if (holder === null)
    return { promoted: true, reason: `Promoted: no version held the alias; ${metric} ${show(value)} on ${rows} test rows.`, ...base };
  if (rows < minRows) return keep(`Not promoted: ${rows} test rows are too few to compare on; at least ${minRows} are needed.`);
  const other = holder.figures[metric] ?? Number.NaN;
  if (!Number.isFinite(other))
    return keep(`Not promoted: version ${holder.version} has no finite ${metric} on the test rows to compare with; promote by hand.`);
  if (task === 'classification' && value === other) return byLogLoss(gate, holder);
  const least = gate.options?.min_improvement ?? DEFAULT_MIN_IMPROVEMENT;
  const gain = task === 'regression' ? (other - value) / other : value - other;
  const figures = `${metric} ${show(value)} against ${show(other)} of version ${holder.version} on the same ${rows} test rows`;
  if (gain > 0 && gain >= least) return { promoted: true, reason: `Promoted: ${figures}.`, ...base };
  if (value === other) return keep(`Not promoted: a tie keeps the present version; ${figures}.`);
  return keep(gain > 0 ? `Not promoted: better by less than ${least}; ${figures}.` : `Not promoted: ${figures}.`);
}

function byLogLoss({ candidate, rows, options }: GateCase, holder: NonNullable<GateCase['holder']>): GateDecision {
  const value = candidate['log_loss'] ?? Number.NaN;
  const other = holder.figures['log_loss'] ?? Number.NaN;
  const base = { metric: 'log_loss', candidate: finite(value), holder: finite(other), holder_version: holder.version, rows };
  const tie = `Accuracy ${show(candidate['accuracy'] ?? Number.NaN)} is a tie with version ${holder.version} on the same ${rows} test rows`;
  if (!Number.isFinite(value) || !Number.isFinite(other))
    return { promoted: false, reason: `Not promoted: ${tie}, and log loss cannot break it.`, ...base };
  const least = options?.min_improvement ?? DEFAULT_MIN_IMPROVEMENT;
  const promoted = value < other && other - value >= least * other;
  const figures = `log loss ${show(value)} against ${show(other)}`;
  return {
    promoted,
    reason: promoted ? `Promoted: ${tie}; ${figures} broke it.` : `Not promoted: ${tie}; ${figures} did not break it.`,
    ...base,
  };
}

/** One of several learners, with the figures by which they are ranked. */
export interface Contender {
  readonly learner: string;
  readonly figures: GateFigures;
}

/** Position of the best by rmse, or by accuracy and then log loss; the earlier one at a tie; −1 where none has finite figures. */
export function pickBest(task: Target['kind'], contenders: readonly Contender[]): number {
  let best = -1;
  for (const [i, { figures }] of contenders.entries()) {
    if (!Number.isFinite(primary(task, figures))) continue;
    if (best < 0 || beats(task, figures, contenders[best]!.figures)) best = i;
  }
  return best;
}

const primary = (task: Target['kind'], figures: GateFigures): number => figures[task === 'regression' ? 'rmse' : 'accuracy'] ?? Number.NaN;

function beats(task: Target['kind'], a: GateFigures, b: GateFigures): boolean {
  if (task === 'regression') return primary(task, a) < primary(task, b);
  if (primary(task, a) !== primary(task, b)) return primary(task, a) > primary(task, b);
  return (a['log_loss'] ?? Number.NaN) < (b['log_loss'] ?? Number.NaN);
}

const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);

const show = (value: number): string => String(Number(value.toPrecision(5)));
