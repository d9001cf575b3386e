import { ExportTraces } from '#contract/http/mlflow/traces.ts';
import { Reply, type Route } from '#http/route.ts';
import { fail } from '../../errors.ts';
import { checkExperimentId, checkRunId } from '../../limits.ts';
import type { TrackingDeps } from '../../route.ts';

const EXPERIMENT = 'x-mlflow-experiment-id';
const RUN = 'x-mlflow-run-id';

/** POST /v1/traces: OTLP over HTTP, of MLflow's clients since 3.4 and of OpenTelemetry's own. */
export const exportTraces: Route<TrackingDeps, typeof ExportTraces> = {
  method: 'POST',
  path: '/v1/traces',
  summary: 'Keep spans of traces (OTLP/HTTP, protobuf or JSON, header x-mlflow-experiment-id)',
  access: 'editor',
  style: 'mlflow',
  tag: 'tracking',
  body: 'bytes',
  input: ExportTraces,
  async handle({ store }, { body }, { headers }) {
    const experiment = one(headers[EXPERIMENT]);
    if (experiment === undefined) throw fail.otlpNoExperiment({ header: EXPERIMENT });
    // Most servers are never told of spans, and all of them are to start at once.
    const [{ readExport }, { traceParts }] = await Promise.all([import('../../otlp/body.ts'), import('../../otlp/trace-parts.ts')]);
    const traces = await readExport({ type: headers['content-type'], encoding: one(headers['content-encoding']), body });
    const parts = traceParts(traces);
    if (!parts) throw fail.otlpNoSpan({});
    if (parts.length > 0) {
      checkExperimentId(experiment);
      const run = one(headers[RUN]);
      if (run) checkRunId(run);
      await store.logSpans(experiment, parts);
      const ended = parts.filter(({ rootStatus }) => rootStatus !== undefined).map(({ trace_id }) => trace_id);
      if (run && ended.length > 0) await store.linkTraces(ended, run);
    }
    // An empty ExportTraceServiceResponse, which has no bytes: all was taken.
    return new Reply(200, '', { 'content-type': 'application/x-protobuf' });
  },
};

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
