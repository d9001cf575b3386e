import type { IncomingHttpHeaders } from 'node:http';
import { checkJsonType, parseJson } from '#http/body.ts';
import { failureOf } from '#http/failure.ts';
import { KnownError } from '#kernel/errors.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Tracing } from '#ports/telemetry/tracing.ts';
import { fail } from '../errors.ts';
import { COMPRESS_FROM, type Coding, codingFor, encoded } from '../exchange/encoding.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { Caller } from '../runtime/batcher.ts';
import type { Deployment } from '../runtime/deployment.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { ScoreJob, Scorer } from '../runtime/scorer.ts';
import { RequestTrace } from '../tracing/request-trace.ts';
import { type BodyOptions, type Rows, readRows } from './body-forms.ts';

export interface PredictDeps {
  readonly deployments: Deployments;
  readonly scorer: Scorer;
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
  /** Whether the deployment (undefined: the default one) answers as a reference system; then the exchange answers. */
  readonly speaksCompat: (deployment: string | undefined) => boolean;
  readonly limits: { readonly maxBodyBytes: number; readonly maxRows: number; readonly timeoutMs: number };
  /** Absent where nobody asked for traces. */
  readonly tracing?: Tracing | undefined;
}

/** Where a request came from and where its answer goes. */
export interface PredictSide {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  /** performance.now() at arrival. */
  readonly arrivedAt: number;
  /** Called once. @param headers name, value, name, value … */
  readonly send: (status: number, headers: readonly string[], body: string | Uint8Array) => void;
}

const PLAIN_ID = /^[\w.:@/+=-]{1,128}$/u;

/** One request of the plain API from its whole body to its answer, whichever way it came in. */
export class PredictCall {
  readonly #deps: PredictDeps;
  readonly #side: PredictSide;
  readonly #requestId: string | undefined;
  #single = true;
  #live: LiveModel | undefined;
  readonly #trace: RequestTrace | undefined;

  constructor(deps: PredictDeps, side: PredictSide) {
    this.#deps = deps;
    this.#side = side;
    this.#requestId = requestIdOf(side.headers);
    this.#trace = deps.tracing && beginTrace(deps.tracing, side);
  }

  /** @param name of the deployment, still encoded as in the path; undefined for the default one */
  score(name: string | undefined, body: Buffer): void {
    try {
      const { deployments, limits, scorer } = this.#deps;
      const { headers, arrivedAt, caller } = this.#side;
      const deployment = name === undefined ? deployments.default() : deployments.get(decodeName(name));
      const live = deployment.livePrimary();
      checkJsonType(headers['content-type'], 'platform', 'POST');
      const rows = readBody(body, { deployment, live, maxRows: limits.maxRows });
      this.#live = live;
      this.#single = rows.single;
      live.batcher.add(
        scorer.job(rows.rows, {
          bytes: body.length,
          arrivedAt,
          deadlineAt: arrivedAt + limits.timeoutMs,
          caller,
          requestId: this.#requestId,
          keys: rows.keys,
          trace: this.#trace,
          shadows: deployment.shadows,
          settle: this.#settle,
        }),
      );
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    const { metrics, logger } = this.#deps;
    metrics.requests.value++;
    metrics.errors.value++;
    const requestId = this.#requestId ?? randomHex(16);
    if (!(error instanceof KnownError) || error.spec.status >= 500)
      logger.error({ request_id: requestId, error: String((error as Error).stack ?? error) }, 'a prediction failed');
    const { status, type, body, headers } = failureOf(error, 'platform', requestId);
    this.#send(status, [...Object.entries(headers).flat(), 'content-type', type, 'x-request-id', requestId], JSON.stringify(body));
  }

  readonly #settle = (job: ScoreJob): void => {
    if (job.error === undefined) this.#answer(job);
    else this.fail(job.error);
  };

  #answer(job: ScoreJob): void {
    const { metrics } = this.#deps;
    metrics.requests.value++;
    metrics.predictions.value += job.rows.length;
    metrics.duration.observe(job.durationMs / 1000);
    const { answer } = this.#live as LiveModel;
    const body = this.#single ? answer.one(job) : answer.many(job);
    const id = job.ids[0] as string;
    const headers = ['content-type', 'application/json', 'x-prediction-id', id, 'x-request-id', job.requestId ?? id];
    const accepted = this.#side.headers['accept-encoding'] as string | undefined;
    const coding = body.length < COMPRESS_FROM ? undefined : codingFor(accepted);
    if (coding === undefined) this.#send(200, headers, body);
    else void this.#compressed(body, coding, headers);
  }

  async #compressed(body: string, coding: Coding, headers: readonly string[]): Promise<void> {
    const bytes = await encoded(body, coding);
    this.#send(200, [...headers, 'content-encoding', coding, 'vary', 'Accept-Encoding'], bytes);
  }

  #send(status: number, headers: readonly string[], body: string | Uint8Array): void {
    const trace = this.#trace;
    this.#side.send(status, trace === undefined ? headers : [...headers, 'traceresponse', trace.traceparent], body);
    trace?.end(status);
  }
}

function beginTrace(tracing: Tracing, { path, headers, arrivedAt }: PredictSide): RequestTrace {
  const route = path === '/predict' ? path : '/deployments/{name}/predict';
  return RequestTrace.http(tracing, { route, path, headers, arrivedAt });
}

function readBody(bytes: Buffer, { deployment, live, maxRows }: { deployment: Deployment; live: LiveModel; maxRows: number }): Rows {
  const body = parseJson(bytes);
  if (live.model.plan === undefined) {
    throw fail.modelUnservable({
      model: `deployment '${deployment.name}'`,
      reason: 'its inputs are tensors, not one column per field: send them to /v2/models/NAME/infer.',
    });
  }
  return readRows(body, live.validator, bodyOptions(live, maxRows));
}

/** How bodies of this model's callers are read. */
export function bodyOptions(live: LiveModel, maxRows: number): BodyOptions {
  return { maxRows, hasFeaturesField: live.hasField.features, hasKeyField: live.hasField.key };
}

function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-request-id'];
  return typeof given === 'string' && PLAIN_ID.test(given) ? given : undefined;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
