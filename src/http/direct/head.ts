import type { IncomingHttpHeaders } from 'node:http';

/** The head of a request that a direct handler may take. */
export interface PlainHead {
  /** The head itself, with its blank line. */
  readonly text: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly contentLength: number;
}

/**
 * Headers that may stand in a plain head. Whatever is not here (transfer codings, upgrades, expectations, origins, cookies, …) has a meaning that
 * the ordinary server knows.
 */
const KNOWN: ReadonlySet<string> = new Set([
  'host',
  'content-type',
  'content-length',
  'accept',
  'accept-encoding',
  'accept-language',
  'user-agent',
  'connection',
  'cache-control',
  'pragma',
  'authorization',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'forwarded',
  'via',
  'traceparent',
  'tracestate',
]);

const REQUEST_LINE = /^POST (\/[\w\-./~]{0,512}) HTTP\/1\.1$/u;
/** A field line of RFC 9112 §5 without folding, control characters or anything outside ASCII. */
const FIELD_LINE = /^([A-Za-z-]{1,40}):[ \t]*([\x20-\x7e]*)$/u;
const LENGTH = /^(?:0|[1-9]\d{0,9})$/u;

/**
 * Reads the head of a POST request, or gives undefined for every head that is not of the simplest kind: the ordinary HTTP server then takes the connection,
 * with all bytes. So nothing here need be lenient, and what is not understood is never guessed.
 * @param text up to and with the blank line
 */
export function readPlainHead(text: string): PlainHead | undefined {
  const lines = text.slice(0, -4).split('\r\n');
  const path = REQUEST_LINE.exec(lines[0] as string)?.[1];
  if (path === undefined) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (let i = 1; i < lines.length; i++) {
    const [, given, value] = FIELD_LINE.exec(lines[i] as string) ?? [];
    const name = given?.toLowerCase();
    if (name === undefined || value === undefined || !KNOWN.has(name) || name in headers) return undefined;
    headers[name] = value.trimEnd();
  }
  const { connection, host } = headers;
  const length = headers['content-length'];
  if (host === undefined || length === undefined || !LENGTH.test(length)) return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  return { text, path, headers, contentLength: Number(length) };
}
