import type { z } from 'zod';
import { BatchGetTraces } from '#contract/http/mlflow/traces.ts';
import { Reply } from '#http/route.ts';
import type { TraceSummary, TrackingApi } from '../../../tracking/api.ts';
import { type ArtifactsDeps, mountedRoute } from '../../route.ts';
import { spansOf } from '../../trace-files.ts';

/** Traces that are looked up at once. */
const SLICE = 100;

/** GET /api/3.0/mlflow/traces/batchGet. Traces that are not complete yet are left out, as upstream does. */
export const batchGetTraces = mountedRoute({
  method: 'GET',
  path: '/mlflow/traces/batchGet',
  summary: 'Get some traces with their spans',
  access: 'viewer',
  input: BatchGetTraces,
  handle: (deps, asked) => new Reply(200, answer(deps, asked), { 'content-type': 'application/json' }),
});

type Asked = z.infer<typeof BatchGetTraces>;

async function* found(tracking: TrackingApi, { trace_ids, experiment_ids }: Asked): AsyncGenerator<TraceSummary> {
  const ids = [...new Set(trace_ids)];
  for (let i = 0; i < ids.length; i += SLICE) {
    for (const trace of await tracking.getTraces(ids.slice(i, i + SLICE))) {
      if (!experiment_ids || experiment_ids.includes(trace.experiment_id)) yield trace;
    }
  }
}

/** Written trace by trace: one may hold thousands of spans. */
async function* answer(deps: ArtifactsDeps, asked: Asked): AsyncGenerator<Buffer> {
  let before = '{"traces":[';
  for await (const trace of found(deps.tracking, asked)) {
    const spans = await spansOf(deps, trace).catch(nowhere);
    if (!spans?.length || (trace.isKeptHere && spans.length < trace.spanCount)) continue;
    yield Buffer.from(`${before}${JSON.stringify({ trace_info: trace.info, spans })}`);
    before = ',';
  }
  yield Buffer.from(before === ',' ? ']}' : '{}');
}

/** What this server cannot reach a client reads by itself. */
function nowhere(error: Error): undefined {
  if (error.name === 'ARTIFACT_LOCATION_UNREACHABLE') return undefined;
  throw error;
}
