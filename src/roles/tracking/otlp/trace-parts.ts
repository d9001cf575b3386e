import { isLonger, keyProblem, tooLong } from '#contract/http/mlflow/names.ts';
import type { ExportedTraces, KeyValue } from '#contract/otlp/export-traces.ts';
import { refuse } from '#http/mlflow/input.ts';
import type { Pair } from '../entities.ts';
import { checkedTag } from '../limits.ts';
import type { TracePart } from '../store/spans/log.ts';
import { anyValueJson } from './any-value.ts';
import { OWN, parsed } from './conventions.ts';
import { previewOf } from './preview.ts';
import { type ReadSpan, readSpan } from './span-row.ts';

const SESSIONS = ['session.id', 'gen_ai.conversation.id'];
const USER = 'user.id';
const LONGEST_SESSION = 250;
const LONGEST_KEY = 250;
/** Tags of a trace as attributes of its first span. */
const TAG_PREFIX = 'mlflow.traceTag.';
/** What makers of spans say of themselves, and what only MLflow's own tags may be named. */
const NO_TAGS = /^(?:telemetry\.sdk|mlflow)\./u;

interface Gathered {
  readonly spans: ReadSpan[];
  resource: readonly KeyValue[];
}

/** The spans of an export by their traces, with what they say of these. Undefined where one is no span. @throws INPUT_INVALID for a session's id that is too long */
export function traceParts({ resource_spans }: ExportedTraces): TracePart[] | undefined {
  const traces = new Map<string, Gathered>();
  for (const { resource, scope_spans } of resource_spans) {
    for (const { spans } of scope_spans) {
      for (const exported of spans) {
        const span = readSpan(exported);
        if (!span) return undefined;
        const own = traces.get(span.traceId) ?? { spans: [], resource: [] };
        traces.set(span.traceId, own);
        own.spans.push(span);
        if (own.resource.length === 0) own.resource = resource?.attributes ?? [];
      }
    }
  }
  return [...traces].map(([id, gathered]) => partOf(id, gathered));
}

function partOf(trace_id: string, { spans, resource }: Gathered): TracePart {
  const root = spans.find(({ row }) => row.parent_id === null);
  const ends = spans.flatMap(({ endMs }) => endMs ?? []);
  const shown = (key: string, role: 'user' | 'assistant') => {
    const text = spans.findLast(({ row }) => row.parent_id === null)?.attributes.get(key);
    return text === undefined ? undefined : previewOf(text, role);
  };
  return {
    trace_id,
    startMs: spans.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY),
    endMs: ends.length > 0 ? ends.reduce((most, end) => Math.max(most, end)) : undefined,
    rootStatus: root && (root.row.status === 'ERROR' ? 'ERROR' : 'OK'),
    requestPreview: shown(OWN.inputs, 'user'),
    responsePreview: shown(OWN.outputs, 'assistant'),
    session: checkedSession(said(spans, SESSIONS)),
    user: said(spans, [USER]),
    tags: [...resourceTags(resource), ...spans.flatMap(ownTags)],
    spans: [...new Map(spans.map(({ row }) => [row.span_id, row])).values()],
  };
}

function said(spans: readonly ReadSpan[], keys: readonly string[]): string | undefined {
  for (const { attributes } of spans) {
    for (const key of keys) {
      const text = attributes.get(key);
      if (text !== undefined) return plainText(text);
    }
  }
  return undefined;
}

function plainText(json: string): string {
  const value = parsed(json);
  return typeof value === 'string' ? value : json;
}

function checkedSession(id: string | undefined): string | undefined {
  if (id !== undefined && isLonger(id, LONGEST_SESSION)) throw refuse(tooLong('Session ID', LONGEST_SESSION));
  return id;
}

function resourceTags(resource: readonly KeyValue[]): Pair[] {
  return resource.flatMap(({ key = '', value }) => (NO_TAGS.test(key) ? [] : allowedTag(key, value?.string_value ?? anyValueJson(value))));
}

function ownTags({ row, attributes }: ReadSpan): Pair[] {
  if (row.parent_id !== null) return [];
  return [...attributes].flatMap(([key, text]) =>
    key.startsWith(TAG_PREFIX) ? allowedTag(key.slice(TAG_PREFIX.length), plainText(text)) : [],
  );
}

/** What cannot be a tag is no reason to refuse a span. */
function allowedTag(key: string, value: string): Pair[] {
  if (keyProblem(key, 'key') !== undefined || isLonger(key, LONGEST_KEY)) return [];
  return [checkedTag({ key, value })];
}
