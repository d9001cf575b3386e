import type { ExportedSpan, KeyValue } from '#contract/otlp/export-traces.ts';
import type { SpanRow } from '../store/spans/log.ts';
import { anyValueJson, objectJson, pairsJson } from './any-value.ts';
import { type Attributes, OWN, parsed, translate } from './conventions.ts';

/** Nanoseconds beyond which a time is no 64-bit integer of a database. */
const LAST_NS = 2n ** 63n - 1n;

export interface ReadSpan {
  readonly traceId: string;
  readonly row: SpanRow;
  readonly startMs: number;
  readonly endMs: number | undefined;
  readonly attributes: Attributes;
}

/**
 * A span as it is kept: in the form of MLflow's own files of spans (`Span.to_dict`, 3.17), with its attributes in MLflow's words.
 * Undefined for what is no span: without ids, with ids of more than 16 and 8 bytes, or with times beyond 64 bits.
 */
export function readSpan(span: ExportedSpan): ReadSpan | undefined {
  const trace = idOf(span.trace_id, 16);
  const id = idOf(span.span_id, 8);
  const parent = span.parent_span_id?.length ? idOf(span.parent_span_id, 8) : undefined;
  const { start_time_unix_nano: start = 0n, end_time_unix_nano: end = 0n, name = '' } = span;
  if (!trace || !id || (span.parent_span_id?.length && !parent) || start > LAST_NS || end > LAST_NS) return undefined;
  const traceId = `tr-${trace.toString('hex')}`;
  const isRoot = parent === undefined || parent.every((byte) => byte === 0);
  const given = keptOnce(new Map([...textsOf(span.attributes), [OWN.request, JSON.stringify(traceId)]]));
  const attributes = new Map(given);
  translate(attributes);
  const status = STATUS[span.status?.code ?? 0] ?? 'UNSET';
  const content = objectJson(
    new Map([
      ['trace_id', base64(trace)],
      ['span_id', base64(id)],
      ['parent_span_id', isRoot ? 'null' : base64(parent)],
      ['name', JSON.stringify(name)],
      ['start_time_unix_nano', String(start)],
      ['end_time_unix_nano', String(end)],
      ['events', listJson(span.events.map(eventJson))],
      ['status', `{"code": "STATUS_CODE_${status}", "message": ${JSON.stringify(status === 'ERROR' ? (span.status?.message ?? '') : '')}}`],
      ['attributes', objectJson(new Map([...attributes].map(([key, text]) => [key, JSON.stringify(text)])))],
      ['links', listJson(span.links.map(linkJson))],
    ]),
  );
  const type = parsed(given.get(OWN.type));
  return {
    traceId,
    row: {
      span_id: id.toString('hex'),
      parent_id: isRoot ? null : parent.toString('hex'),
      name,
      type: typeof type === 'string' ? type : null,
      status,
      start_ns: String(start).padStart(20, '0'),
      content,
      usage: objectText(attributes.get(OWN.usage)),
      cost: objectText(attributes.get(OWN.cost)),
    },
    startMs: Number(start / 1_000_000n),
    endMs: end === 0n ? undefined : Number(end / 1_000_000n),
    attributes,
  };
}

const STATUS: Readonly<Record<number, 'OK' | 'ERROR'>> = { 1: 'OK', 2: 'ERROR' };

function idOf(bytes: Uint8Array | undefined, length: number): Buffer | undefined {
  if (!bytes || bytes.length === 0 || bytes.length > length) return undefined;
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}

const base64 = (bytes: Buffer): string => `"${bytes.toString('base64')}"`;
const listJson = (items: readonly string[]): string => `[${items.join(', ')}]`;

function textsOf(attributes: readonly KeyValue[]): [string, string][] {
  return attributes.map(({ key = '', value }) => [key, anyValueJson(value)]);
}

/**
 * MLflow's clients write values as JSON before they send them, so some arrive as JSON in a text: those of texts, lists and objects are taken out of it,
 * as upstream does (`sanitize_attributes`).
 */
function keptOnce(attributes: Attributes): Attributes {
  for (const [key, text] of attributes) {
    if (!text.startsWith('"')) continue;
    const inner = parsed(text);
    if (typeof inner !== 'string' || !/^\s*["[{]/u.test(inner)) continue;
    const value = parsed(inner);
    if (value !== inner || typeof value === 'object') attributes.set(key, inner);
  }
  return attributes;
}

function eventJson({ name = '', time_unix_nano = 0n, attributes }: ExportedSpan['events'][number]): string {
  return `{"name": ${JSON.stringify(name)}, "time_unix_nano": ${time_unix_nano}, "attributes": ${pairsJson(attributes, true)}}`;
}

function linkJson({ trace_id = Buffer.alloc(16), span_id = Buffer.alloc(8), attributes }: ExportedSpan['links'][number]): string {
  const trace = Buffer.from(trace_id).toString('hex').padStart(32, '0');
  const span = Buffer.from(span_id).toString('hex').padStart(16, '0');
  return `{"trace_id": "tr-${trace}", "span_id": "${span}", "attributes": ${attributes.length > 0 ? pairsJson(attributes, true) : 'null'}}`;
}

/** The JSON text where it is of an object, at once or as a text. */
function objectText(text: string | undefined): string | null {
  const value = parsed(text);
  const inner = typeof value === 'string' ? value : text;
  const object = typeof value === 'string' ? parsed(value) : value;
  return typeof object === 'object' && object !== null && !Array.isArray(object) ? (inner as string) : null;
}
