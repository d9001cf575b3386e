import type { IncomingHttpHeaders } from 'node:http';
import { KnownError } from '#kernel/errors.ts';
import type { RequestSpan, Tracing } from '#ports/telemetry/tracing.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { ScoreJob } from '../runtime/scorer.ts';

/** A request over HTTP before its body is read. */
export interface HttpRequest {
  /** The path without names in it: what groups requests of one kind. */
  readonly route: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** performance.now() at arrival. */
  readonly arrivedAt: number;
}

/** A call over gRPC. */
export interface GrpcCall {
  /** `package.Service/Method`. */
  readonly method: string;
  readonly metadata: (name: string) => string | undefined;
  readonly arrivedAt: number;
}

/** One prediction request as a span: which version answered, how long its rows waited, with how many others they ran. */
export class RequestTrace {
  readonly #span: RequestSpan;
  #rows = 0;

  constructor(span: RequestSpan) {
    this.#span = span;
  }

  /** Attributes by OpenTelemetry's conventions for HTTP servers (semantic conventions 1.23 and later). */
  static http(tracing: Tracing, { route, path, headers, arrivedAt }: HttpRequest): RequestTrace {
    const attributes = { 'http.request.method': 'POST', 'http.route': route, 'url.path': path };
    const { traceparent, tracestate } = headers;
    return new RequestTrace(
      tracing.start({
        name: `POST ${route}`,
        traceparent: typeof traceparent === 'string' ? traceparent : undefined,
        tracestate: typeof tracestate === 'string' ? tracestate : undefined,
        startedAt: arrivedAt,
        attributes,
      }),
    );
  }

  /** Attributes by OpenTelemetry's conventions for RPC servers. */
  static grpc(tracing: Tracing, { method, metadata, arrivedAt }: GrpcCall): RequestTrace {
    const caller = { traceparent: metadata('traceparent'), tracestate: metadata('tracestate') };
    return new RequestTrace(
      tracing.start({ name: method, ...caller, startedAt: arrivedAt, attributes: { 'rpc.system.name': 'grpc', 'rpc.method': method } }),
    );
  }

  /** W3C Trace Context of the span, for the answer and the event. */
  get traceparent(): string {
    return this.#span.traceparent;
  }

  /** Rows of the request have been run, or failed to. */
  scored({ deployment, model }: LiveModel, job: Pick<ScoreJob, 'rows' | 'ids' | 'arrivedAt' | 'result'>): void {
    if (!this.#span.isRecorded) return;
    const { result, rows } = job;
    this.#rows += rows.length;
    const version = { 'trainyard.model.name': model.name, 'trainyard.model.version': model.version };
    this.#span.set({
      ...version,
      'trainyard.deployment': deployment,
      'trainyard.rows': this.#rows,
      ...(job.ids[0] === undefined ? {} : { 'trainyard.prediction.id': job.ids[0] }),
    });
    if (!result) return;
    const waitedMs = Math.max(0, result.startedAt - job.arrivedAt);
    const batch = { 'trainyard.batch.rows': result.rows, 'trainyard.queue.wait_ms': waitedMs };
    this.#span.set(batch);
    this.#span.part({
      name: 'run model',
      startedAt: result.startedAt,
      endedAt: result.startedAt + result.runMs,
      attributes: { ...version, ...batch },
    });
  }

  /** @param status of the answer; undefined where the caller was gone before it */
  end(status: number | undefined): void {
    if (status !== undefined) this.#span.set({ 'http.response.status_code': status });
    this.#span.end(status !== undefined && status >= 500 ? `status ${status}` : undefined);
  }

  /** For protocols that have no statuses of HTTP. */
  endWith(error?: unknown): void {
    if (error === undefined) {
      this.#span.end();
      return;
    }
    const { code, status } = error instanceof KnownError ? error.spec : { code: 'INTERNAL', status: 500 };
    this.#span.set({ 'error.type': code });
    this.#span.end(status >= 500 ? code : undefined);
  }
}
