import { createHmac } from 'node:crypto';
import { type LookupAddress, lookup } from 'node:dns';
import type { ClientRequest } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { request as requestHttp } from '#http/direct/node-http.ts';
import { isPublicAddress } from './addresses.ts';

/** A message on its way: signed anew at each attempt, with the same id. */
export interface Message {
  readonly id: string;
  readonly url: string;
  readonly body: string;
  /** Empty: sent unsigned. */
  readonly secret: string;
}

export interface SendOptions {
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** An answer, or why there is none. */
export interface Sent {
  readonly status: number | null;
  readonly body: string;
  readonly error: string;
  /** Another attempt may go better. */
  readonly retriable: boolean;
  readonly retryAfterMs: number;
}

/** Most of an answer that is read. */
const MAX_ANSWER = 16_384;
const RETRIABLE = new Set([429, 500, 502, 503, 504]);
/** Thrown by the look-up: trying again would only knock at the same door. */
const BLOCKED = 'WEBHOOK_TARGET_PRIVATE';

/** `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` (MLflow 3.17, webhooks/delivery.py; Standard Webhooks). */
export function signature(secret: string, message: { readonly id: string; readonly body: string }, timestamp: string): string {
  return `v1,${createHmac('sha256', secret).update(`${message.id}.${timestamp}.${message.body}`).digest('base64')}`;
}

/** Posts once, never follows a redirect, and never rejects. */
export function send(message: Message, options: SendOptions): Promise<Sent> {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const failed = (error: string, retriable: boolean): void => resolve({ status: null, body: '', error, retriable, retryAfterMs: 0 });
  const url = new URL(message.url);
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  // Only names are looked up: an address in the URL is checked here.
  if (!options.allowPrivate && isIP(host) > 0 && !isPublicAddress(host)) failed(blocked(host), false);
  else {
    const request = opened(url, message, options);
    request.on('error', (error: NodeJS.ErrnoException) => failed(reason(error, options.timeoutMs), error.code !== BLOCKED));
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      const end = (): void => {
        const status = response.statusCode as number;
        const told = status < 300 ? '' : status < 400 ? `redirects are not followed (${status})` : `the receiver answered ${status}`;
        const body = Buffer.concat(parts).toString('utf8').slice(0, MAX_ANSWER);
        const retryAfterMs = Math.max(0, Number(response.headers['retry-after']) || 0) * 1000;
        resolve({ status, body, error: told, retriable: RETRIABLE.has(status), retryAfterMs });
        request.destroy();
      };
      response.on('data', (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size >= MAX_ANSWER) end();
      });
      response.on('end', end);
      response.on('error', (error) => failed(reason(error, options.timeoutMs), true));
    });
    request.end(message.body);
  }
  return promise;
}

function opened(url: URL, message: Message, { timeoutMs, allowPrivate, nowMs, signal }: SendOptions): ClientRequest {
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(message.body),
    'User-Agent': 'trainyard-webhooks',
    'X-MLflow-Delivery-Id': message.id,
    'X-MLflow-Timestamp': timestamp,
    ...(message.secret === '' ? {} : { 'X-MLflow-Signature': signature(message.secret, message, timestamp) }),
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return request(url, {
    method: 'POST',
    headers,
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  });
}

/** Resolves a name and hands on the addresses that the connection will use, if all are public: no second look-up that could say something else. */
const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return done(error, '');
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside) return done(Object.assign(new Error(blocked(inside.address)), { code: BLOCKED }), '');
    const [first] = addresses;
    if (options.all === true) return done(null, addresses);
    done(null, first?.address ?? '', first?.family);
  });
};

const blocked = (address: string): string => `${address} is not a public address; webhooks.allow_private_ips permits it`;

function reason(error: Error & { readonly code?: string | undefined }, timeoutMs: number): string {
  if (error.name === 'TimeoutError' || (error.cause as Error | undefined)?.name === 'TimeoutError')
    return `no answer within ${timeoutMs} ms`;
  return error.message === '' ? (error.code ?? error.name) : error.message;
}
