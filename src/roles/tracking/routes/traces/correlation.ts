import { traceGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { CorrelateTraces } from '#contract/http/mlflow/traces.ts';
import { checkedSearch } from '#http/mlflow/input.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import type { TraceCounts } from '../../store/search-traces.ts';

/** Added to each cell of the table of counts, so that few traces say little (Jeffreys' prior). */
const PRIOR = 0.5;

/** POST /api/3.0/mlflow/traces/calculate-filter-correlation */
export const correlateTraces = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/calculate-filter-correlation',
  summary: 'Say how much more often traces meet two filters at once than chance would have it',
  access: 'viewer',
  input: CorrelateTraces,
  async handle({ store }, { experiment_ids, filter_string1, filter_string2, base_filter }) {
    experiment_ids.forEach(checkExperimentId);
    const [base, one, two] = [base_filter, filter_string1, filter_string2].map((text) => checkedSearch(text, [], traceGrammar).filter);
    const counts = await store.countTraces(experiment_ids, { base, one, two });
    const said = { npmi: association(counts, 0), npmi_smoothed: association(counts, PRIOR) };
    const known = Object.entries(said).filter(([, value]) => !Number.isNaN(value));
    const { total, first, second, joint } = counts;
    return { ...Object.fromEntries(known), filter1_count: first, filter2_count: second, joint_count: joint, total_count: total };
  },
});

/**
 * Normalised pointwise mutual information of two events: ln(p(x, y) / (p(x) p(y))) / -ln p(x, y), from -1 (never together) over 0 to 1 (always together).
 *
 * @returns NaN where one of them never happens
 * @see Bouma, Normalized (pointwise) mutual information in collocation extraction (2009); edges as in MLflow 3.17
 */
function association({ total, first, second, joint }: TraceCounts, prior: number): number {
  if (first === 0 || second === 0) return Number.NaN;
  if (joint === 0 && prior === 0) return -1;
  if (joint === total) return 1;
  const all = Math.log(total + 4 * prior);
  const both = Math.log(joint + prior);
  const pmi = both + all - Math.log(first + 2 * prior) - Math.log(second + 2 * prior);
  return Math.max(-1, Math.min(1, pmi / (all - both)));
}
