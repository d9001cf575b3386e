import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { checkJsonType, discardRest, parseJson } from '#http/body.ts';
import { fail as httpFail } from '#http/errors.ts';
import type { FastHandler, Principal } from '#http/route.ts';
import { sendFailure } from '#http/server.ts';
import { KnownError } from '#kernel/errors.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { fail } from '../errors.ts';
import { COMPRESS_FROM, type Coding, codingFor, encoded } from '../exchange/encoding.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { Deployment } from '../runtime/deployment.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { ScoreJob, Scorer } from '../runtime/scorer.ts';
import { type BodyOptions, type Rows, readRows } from './body-forms.ts';

export interface PredictDeps {
  readonly deployments: Deployments;
  readonly scorer: Scorer;
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
  /** Whether the deployment (undefined: the default one) answers as a reference system; then the exchange answers. */
  readonly speaksCompat: (deployment: string | undefined) => boolean;
  readonly limits: { readonly maxBodyBytes: number; readonly maxRows: number; readonly timeoutMs: number };
}

const NAMED = /^\/deployments\/([^/?]+)\/predict$/u;
const PLAIN_ID = /^[\w.:@/+=-]{1,128}$/u;

/**
 * POST /predict and POST /deployments/{name}/predict, past the framework: this is the path of every prediction, and the framework alone would cost half
 * as much as a bare server's whole answer. Guard checks have been made by the server; the input checks and error forms are those of all routes.
 */
export function predictHandler(deps: PredictDeps): FastHandler {
  return (req, res, principal) => {
    const url = req.url as string;
    if (url !== '/predict' && !url.startsWith('/predict?') && !url.startsWith('/deployments/')) return false;
    const path = url === '/predict' ? url : (url.split('?', 1)[0] as string);
    const named = path === '/predict' ? undefined : NAMED.exec(path)?.[1];
    if (path !== '/predict' && named === undefined) return false;
    if (req.method !== 'POST' || asksForMore(req.headers) || deps.speaksCompat(named)) return false;
    new PredictRequest(deps, req, res).begin(named, principal);
    return true;
  };
}

/** Whether a request needs the exchange (exchange/plain-endpoint.ts), which can do what this path leaves out. */
function asksForMore(headers: IncomingHttpHeaders): boolean {
  return (
    headers['idempotency-key'] !== undefined ||
    headers['content-encoding'] !== undefined ||
    headers['x-trainyard-variant'] !== undefined ||
    headers['x-trainyard-timeout-ms'] !== undefined
  );
}

class PredictRequest {
  readonly #deps: PredictDeps;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #arrivedAt = performance.now();
  readonly #parts: Buffer[] = [];
  #size = 0;
  #single = true;
  #live: LiveModel | undefined;
  #over = false;

  constructor(deps: PredictDeps, req: IncomingMessage, res: ServerResponse) {
    this.#deps = deps;
    this.#req = req;
    this.#res = res;
  }

  begin(name: string | undefined, principal: Principal): void {
    const limit = this.#deps.limits.maxBodyBytes;
    const tooLarge = Number(this.#req.headers['content-length'] ?? 0) > limit;
    if (!principal.roles.includes('caller') || tooLarge) {
      this.#fail(tooLarge ? httpFail.bodyTooLarge({ limit }) : httpFail.tokenRequired({}));
      return;
    }
    this.#req.on('data', (part: Buffer) => {
      if (this.#over) return;
      this.#size += part.length;
      if (this.#size > limit) this.#fail(httpFail.bodyTooLarge({ limit }));
      else this.#parts.push(part);
    });
    this.#req.on('end', () => {
      if (!this.#over) this.#score(name);
    });
    this.#req.on('error', () => {
      this.#over = true;
    });
  }

  #score(name: string | undefined): void {
    try {
      const { deployments, limits, scorer } = this.#deps;
      const deployment = name === undefined ? deployments.default() : deployments.get(decodeName(name));
      const live = deployment.livePrimary();
      checkJsonType(this.#req.headers['content-type'], 'platform', 'POST');
      const rows = this.#read(deployment, live, limits.maxRows);
      this.#live = live;
      this.#single = rows.single;
      live.batcher.add(
        scorer.job(rows.rows, {
          arrivedAt: this.#arrivedAt,
          deadlineAt: this.#arrivedAt + limits.timeoutMs,
          caller: this.#req.socket,
          requestId: requestIdOf(this.#req),
          keys: rows.keys,
          shadows: deployment.shadows,
          settle: this.#settle,
        }),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #read(deployment: Deployment, live: LiveModel, maxRows: number): Rows {
    const body = parseJson(this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts));
    if (live.model.plan === undefined) {
      throw fail.modelUnservable({
        model: `deployment '${deployment.name}'`,
        reason: 'its inputs are tensors, not one column per field: send them to /v2/models/NAME/infer.',
      });
    }
    return readRows(body, live.validator, bodyOptions(live, maxRows));
  }

  readonly #settle = (job: ScoreJob): void => {
    if (job.error === undefined) this.#answer(job);
    else this.#fail(job.error);
  };

  #answer(job: ScoreJob): void {
    const { metrics } = this.#deps;
    metrics.requests.value++;
    metrics.predictions.value += job.rows.length;
    metrics.duration.observe(job.durationMs / 1000);
    const { answer } = this.#live as LiveModel;
    const body = this.#single ? answer.one(job) : answer.many(job);
    this.#over = true;
    const id = job.ids[0] as string;
    const length = Buffer.byteLength(body);
    const more = ['x-prediction-id', id, 'x-request-id', job.requestId ?? id];
    const coding = length < COMPRESS_FROM ? undefined : codingFor(this.#req.headers['accept-encoding'] as string | undefined);
    if (coding !== undefined) {
      void this.#compressed(body, coding, more);
      return;
    }
    const headers = ['content-type', 'application/json', 'content-length', String(length), ...more];
    this.#res.writeHead(200, headers);
    // Plain ASCII goes out without a conversion, together with the head in one write.
    this.#res.end(body, length === body.length ? 'latin1' : 'utf8');
  }

  async #compressed(body: string, coding: Coding, more: readonly string[]): Promise<void> {
    const bytes = await encoded(body, coding);
    const length = ['content-length', String(bytes.length), 'content-encoding', coding, 'vary', 'Accept-Encoding'];
    this.#res.writeHead(200, ['content-type', 'application/json', ...length, ...more]);
    this.#res.end(bytes);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    const { metrics, logger } = this.#deps;
    metrics.requests.value++;
    metrics.errors.value++;
    const requestId = requestIdOf(this.#req) ?? randomHex(16);
    const known = error instanceof KnownError;
    if (!known || error.spec.status >= 500)
      logger.error({ request_id: requestId, error: String((error as Error).stack ?? error) }, 'a prediction failed');
    sendFailure(this.#res, error, { style: 'platform', requestId });
    discardRest(this.#req);
  }
}

/** How bodies of this model's callers are read. */
export function bodyOptions(live: LiveModel, maxRows: number): BodyOptions {
  return { maxRows, hasFeaturesField: live.hasField.features, hasKeyField: live.hasField.key };
}

function requestIdOf(req: IncomingMessage): string | undefined {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && PLAIN_ID.test(given) ? given : undefined;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
