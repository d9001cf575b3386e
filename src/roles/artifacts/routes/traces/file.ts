import { TraceFile } from '#contract/http/mlflow/traces.ts';
import { Reply } from '#http/route.ts';
import { fail } from '../../errors.ts';
import { downloadHeaders } from '../../files.ts';
import { baseName, safeFilePath } from '../../paths.ts';
import { artifactsRoute, download } from '../../route.ts';
import { SPANS_FILE, traceOf } from '../../trace-files.ts';

/** GET /ajax-api/2.0/mlflow/get-trace-artifact?request_id= and, for what is attached to a trace, path= */
export const downloadOfTrace = artifactsRoute({
  method: 'GET',
  path: '/get-trace-artifact',
  mounts: ['/ajax-api/2.0/mlflow', '/ajax-api/3.0/mlflow'],
  summary: 'Read the spans of a trace as its client wrote them, or a file that is attached to it',
  access: 'viewer',
  input: TraceFile,
  async handle({ at, tracking }, { request_id, path }) {
    const trace = await traceOf(tracking, request_id);
    if (path) return download(at(trace.artifact_uri), `attachments/${baseName(safeFilePath(path))}`);
    if (trace.isKeptHere) {
      const text = `{"spans":[${(await tracking.spanTexts(request_id)).join(',')}]}`;
      return new Reply(200, text, downloadHeaders(SPANS_FILE, Buffer.byteLength(text)));
    }
    const file = await at(trace.artifact_uri).open(SPANS_FILE);
    if (!file) throw fail.notFound({ path: `${SPANS_FILE} of trace ${request_id}` });
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(file.size) };
    return new Reply(200, file.body, {
      ...headers,
      'content-disposition': `attachment; filename=${SPANS_FILE}`,
      'x-content-type-options': 'nosniff',
    });
  },
});
