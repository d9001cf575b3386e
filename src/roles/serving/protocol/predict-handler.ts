import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { discardRest } from '#http/body.ts';
import type { DirectHandler } from '#http/direct/connection.ts';
import { fail as httpFail } from '#http/errors.ts';
import type { IntakeAccount } from '#http/limits/intake.ts';
import type { FastHandler, Principal } from '#http/route.ts';
import { PredictCall, type PredictDeps } from './predict-call.ts';

const NAMED = /^\/deployments\/([^/?]+)\/predict$/u;

/**
 * POST /predict and POST /deployments/{name}/predict, past the framework: this is the path of every prediction, and the framework alone would cost half
 * as much as a bare server's whole answer. Guard checks have been made by the server; the input checks and error forms are those of all routes.
 */
export function predictHandler(deps: PredictDeps): FastHandler {
  return (req, res, { principal, intake }) => {
    const url = req.url as string;
    if (url !== '/predict' && !url.startsWith('/predict?') && !url.startsWith('/deployments/')) return false;
    const path = url === '/predict' ? url : (url.split('?', 1)[0] as string);
    const name = path === '/predict' ? undefined : NAMED.exec(path)?.[1];
    if (path !== '/predict' && name === undefined) return false;
    if (req.method !== 'POST' || asksForMore(req.headers) || deps.speaksCompat(name)) return false;
    new PredictRequest(deps, req, res).begin(name, { principal, account: intake.open(res) });
    return true;
  };
}

/** The same paths for connections that are read past node:http. */
export function predictDirect(deps: PredictDeps): DirectHandler {
  return (path, headers) => {
    const name = path === '/predict' ? undefined : NAMED.exec(path)?.[1];
    if ((path !== '/predict' && name === undefined) || asksForMore(headers) || deps.speaksCompat(name)) return undefined;
    return ({ body, principal, socket, arrivedAt, reply }) => {
      const call = new PredictCall(deps, { path, headers, caller: socket, arrivedAt, send: reply });
      if (!principal.roles.includes('caller')) call.fail(httpFail.tokenRequired({}));
      else if (body.length > deps.limits.maxBodyBytes) call.fail(httpFail.bodyTooLarge({ limit: deps.limits.maxBodyBytes }));
      else call.score(name, body);
    };
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

/** Reads the body of a request from node:http and sends its answer back there. */
class PredictRequest {
  readonly #deps: PredictDeps;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #call: PredictCall;
  readonly #parts: Buffer[] = [];
  #size = 0;
  #over = false;

  constructor(deps: PredictDeps, req: IncomingMessage, res: ServerResponse) {
    this.#deps = deps;
    this.#req = req;
    this.#res = res;
    const path = (req.url as string).split('?', 1)[0] as string;
    this.#call = new PredictCall(deps, { path, headers: req.headers, caller: req.socket, arrivedAt: performance.now(), send: this.#send });
  }

  begin(name: string | undefined, { principal, account }: { principal: Principal; account: IntakeAccount }): void {
    const limit = this.#deps.limits.maxBodyBytes;
    const declared = Number(this.#req.headers['content-length'] ?? 0);
    try {
      if (declared > limit) throw httpFail.bodyTooLarge({ limit });
      if (!principal.roles.includes('caller')) throw httpFail.tokenRequired({});
      account.expect(declared);
    } catch (error) {
      this.#call.fail(error);
      return;
    }
    this.#req.on('data', (part: Buffer) => this.#take(part, account));
    this.#req.on('end', () => {
      if (!this.#over) this.#call.score(name, this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts));
    });
    this.#req.on('error', () => {
      this.#over = true;
    });
  }

  #take(part: Buffer, account: IntakeAccount): void {
    if (this.#over) return;
    const limit = this.#deps.limits.maxBodyBytes;
    try {
      this.#size += part.length;
      if (this.#size > limit) throw httpFail.bodyTooLarge({ limit });
      account.take(part.length);
      this.#parts.push(part);
    } catch (error) {
      this.#parts.length = 0;
      this.#call.fail(error);
    }
  }

  readonly #send = (status: number, headers: readonly string[], body: string | Uint8Array): void => {
    if (this.#over) return;
    this.#over = true;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    discardRest(this.#req, this.#res);
    this.#res.writeHead(status, [...headers, 'content-length', String(length)]);
    // Plain ASCII goes out without a conversion, together with the head in one write.
    if (typeof body === 'string') this.#res.end(body, length === body.length ? 'latin1' : 'utf8');
    else this.#res.end(body);
  };
}
