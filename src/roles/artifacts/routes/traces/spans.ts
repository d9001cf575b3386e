import { GetTraceSpans, TraceFile } from '#contract/http/mlflow/traces.ts';
import { Reply } from '#http/route.ts';
import { fail } from '../../errors.ts';
import { type ArtifactsDeps, artifactsRoute, mountedRoute } from '../../route.ts';
import { spansOfFile } from '../../trace-spans.ts';

const FILE = 'traces.json';

async function fileOf({ at, tracking }: ArtifactsDeps, traceId: string) {
  const trace = await tracking.getTrace(traceId);
  if (!trace) throw fail.traceNotFound({ id: traceId });
  return { trace, file: await at(trace.artifact_uri).open(FILE) };
}

/** GET /ajax-api/2.0/mlflow/get-trace-artifact?request_id= */
export const downloadOfTrace = artifactsRoute({
  method: 'GET',
  path: '/get-trace-artifact',
  mounts: ['/ajax-api/2.0/mlflow', '/ajax-api/3.0/mlflow'],
  summary: 'Read the spans of a trace as its client wrote them',
  access: 'viewer',
  input: TraceFile,
  async handle(deps, { request_id }) {
    const { file } = await fileOf(deps, request_id);
    if (!file) throw fail.notFound({ path: `${FILE} of trace ${request_id}` });
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(file.size) };
    return new Reply(200, file.body, {
      ...headers,
      'content-disposition': `attachment; filename=${FILE}`,
      'x-content-type-options': 'nosniff',
    });
  },
});

/** GET /api/3.0/mlflow/traces/get?trace_id= */
export const getTraceWithSpans = mountedRoute({
  method: 'GET',
  path: '/mlflow/traces/get',
  summary: 'Get a trace with its spans',
  access: 'viewer',
  input: GetTraceSpans,
  async handle(deps, { trace_id }) {
    const { trace, file } = await fileOf(deps, trace_id).catch((error: Error) => {
      // Clients take this sentence for a server that has no spans, and read them from the artifacts by themselves.
      throw error.name === 'ARTIFACT_LOCATION_UNREACHABLE' ? fail.traceNotFound({ id: 'get' }) : error;
    });
    if (!file) throw fail.traceNotFound({ id: 'get' });
    const text = Buffer.concat(await Array.fromAsync(file.body)).toString();
    return { trace: { trace_info: trace.info, spans: spansOfFile(text) } };
  },
});
