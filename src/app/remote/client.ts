import { errorFromWire } from '#kernel/errors.ts';
import { retry } from '#kernel/retry.ts';
import { fail } from '../errors.ts';
import { fetchOverSocket, type PeerAnswer, type PeerFetch } from './socket-fetch.ts';

/** How this process talks to another one of the same installation. */
export interface PeerClient {
  readonly url: string;
  json<R>(method: string, path: string, options?: PeerCall): Promise<R>;
  bytes(path: string, options?: PeerCall): Promise<PeerAnswer>;
}

export interface PeerCall {
  /** A list becomes one parameter per item. */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  /** Sent as they are, instead of a body in JSON. */
  readonly bytes?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * @param url `http://…`, or `unix:/path` for a Unix socket of this machine
 * @param token the installation's access token, if one is set
 */
export function peerClient(peer: string, url: string, token: string | undefined): PeerClient {
  const socket = url.startsWith('unix:') ? url.slice('unix:'.length) : undefined;
  const ask: PeerFetch = socket === undefined ? fetch : fetchOverSocket(socket);
  const base = socket === undefined ? url : 'http://localhost';
  const send = async (method: string, path: string, options: PeerCall = {}): Promise<PeerAnswer> => {
    const target = new URL(path, base);
    for (const [key, value] of Object.entries(options.query ?? {})) {
      for (const each of [value ?? []].flat()) target.searchParams.append(key, String(each));
    }
    const signals = [AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS), ...(options.signal ? [options.signal] : [])];
    const init: RequestInit = { method, signal: AbortSignal.any(signals), headers: headersOf(token, options.body !== undefined) };
    if (options.bytes !== undefined) init.body = options.bytes as Uint8Array<ArrayBuffer>;
    else if (options.body !== undefined) init.body = JSON.stringify(options.body);
    const response = await reach(() => ask(target, init), { peer, url, method });
    if (!response.ok) throw await failureOf(response);
    return response;
  };
  return {
    url,
    json: async <R>(method: string, path: string, options?: PeerCall) => (await (await send(method, path, options)).json()) as R,
    bytes: (path, options) => send('GET', path, options),
  };
}

function headersOf(token: string | undefined, body: boolean): Record<string, string> {
  return { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body ? { 'content-type': 'application/json' } : {}) };
}

/** Reading may be tried again when the connection fails; anything else is the caller's decision. */
async function reach(
  work: () => Promise<PeerAnswer>,
  { peer, url, method }: { peer: string; url: string; method: string },
): Promise<PeerAnswer> {
  try {
    return await retry(work, {
      attempts: method === 'GET' ? 3 : 1,
      baseMs: 50,
      maxMs: 500,
      retriable: (e) => (e as Error).name === 'TypeError',
    });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    throw fail.peerUnreachable({ peer, url, reason: cause?.message ?? message }, error);
  }
}

async function failureOf(response: PeerAnswer): Promise<Error> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { code?: string; error_code?: string; detail?: string; message?: string };
    return errorFromWire({
      known: true,
      code: body.code ?? body.error_code ?? 'PEER_FAILED',
      status: response.status,
      message: body.detail ?? body.message ?? text,
    });
  } catch {
    return errorFromWire({ known: true, code: 'PEER_FAILED', status: response.status, message: text.slice(0, 500) });
  }
}
