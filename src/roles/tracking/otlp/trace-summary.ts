import type { TraceSummary } from '../api.ts';
import { LOCATION_TAG } from '../entities.ts';
import { SPANS_TAG } from '../store/spans/log.ts';

const SIZES = 'mlflow.trace.sizeStats';

/** What of a trace on the wire is read here. */
export interface WireTrace {
  readonly trace_id: string;
  readonly trace_location: { readonly mlflow_experiment: { readonly experiment_id: string } };
  readonly tags?: Readonly<Record<string, string>>;
  readonly trace_metadata?: Readonly<Record<string, string>>;
}

/** What other roles know of a trace, from the form in which it travels. */
export function traceSummary(info: WireTrace): TraceSummary {
  const { trace_id, trace_location, tags = {}, trace_metadata = {} } = info;
  return {
    trace_id,
    experiment_id: trace_location.mlflow_experiment.experiment_id,
    info,
    artifact_uri: tags[LOCATION_TAG] ?? '',
    isKeptHere: tags[SPANS_TAG.key] === SPANS_TAG.value,
    spanCount: spanCountOf(trace_metadata[SIZES]),
  };
}

/** Clients say it in a JSON object. */
function spanCountOf(stats: string | undefined): number {
  if (stats === undefined) return 0;
  try {
    const said = JSON.parse(stats) as { num_spans?: unknown } | null;
    return typeof said?.num_spans === 'number' ? said.num_spans : 0;
  } catch {
    return 0;
  }
}
