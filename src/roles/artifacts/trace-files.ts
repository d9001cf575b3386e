import type { TraceSummary, TrackingApi } from '../tracking/api.ts';
import { fail } from './errors.ts';
import type { ArtifactsDeps } from './route.ts';
import { spansOfFile } from './trace-spans.ts';

/** Where clients keep the spans of a trace that did not go by OTLP. */
export const SPANS_FILE = 'traces.json';

/** @throws ARTIFACT_TRACE_NOT_FOUND */
export async function traceOf(tracking: TrackingApi, traceId: string): Promise<TraceSummary> {
  const [trace] = await tracking.getTraces([traceId]);
  if (!trace) throw fail.traceNotFound({ id: traceId });
  return trace;
}

/** Spans in OpenTelemetry's JSON, however many there are yet; undefined where there is no file of them. @throws ARTIFACT_LOCATION_UNREACHABLE */
export async function spansOf({ at, tracking }: ArtifactsDeps, trace: TraceSummary): Promise<unknown[] | undefined> {
  if (trace.isKeptHere) return (await tracking.spanTexts(trace.trace_id)).flatMap((text) => spansOfFile(`{"spans":[${text}]}`));
  const file = await at(trace.artifact_uri).open(SPANS_FILE);
  return file && spansOfFile(Buffer.concat(await Array.fromAsync(file.body)).toString());
}
