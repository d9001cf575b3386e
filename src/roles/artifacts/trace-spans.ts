import { parseKeepingFloats } from '#contract/http/mlflow/python-json.ts';
import { parseWithSource, type Revive } from '#contract/otlp/exact-json.ts';

interface StoredSpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string | null;
  readonly name: string;
  readonly start_time_unix_nano?: unknown;
  readonly end_time_unix_nano?: unknown;
  readonly status?: { readonly code?: string; readonly message?: string };
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly StoredEvent[];
  readonly links?: readonly {
    readonly trace_id: string;
    readonly span_id: string;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

interface StoredEvent {
  readonly name: string;
  readonly time_unix_nano?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Spans as MLflow's clients write them into the file of a trace, in the JSON form of OpenTelemetry's protobuf (trace.proto 1.x). */
export function spansOfFile(text: string): unknown[] {
  const { spans = [] } = parseKeepingFloats(text) as { spans?: readonly StoredSpan[] };
  return spans.map((span) => ({
    trace_id: span.trace_id,
    span_id: span.span_id,
    ...(span.parent_span_id ? { parent_span_id: span.parent_span_id } : {}),
    name: span.name,
    start_time_unix_nano: timeOf(span.start_time_unix_nano),
    end_time_unix_nano: timeOf(span.end_time_unix_nano),
    ...(span.status ? { status: span.status } : {}),
    // Their values are JSON texts; those of events are plain.
    attributes: keyed(span.attributes, anyValueOfText),
    links: (span.links ?? []).map((link) => ({
      trace_id: bytesOfHex(link.trace_id.slice(link.trace_id.lastIndexOf('-') + 1), 32),
      span_id: bytesOfHex(link.span_id, 16),
      attributes: keyed(link.attributes, anyValueOf),
    })),
    events: (span.events ?? []).map((event) => ({
      ...event,
      time_unix_nano: timeOf(event.time_unix_nano),
      attributes: keyed(event.attributes, anyValueOf),
    })),
  }));
}

/** Nanoseconds since 1970 have more digits than a double holds; protobuf's JSON writes such integers as texts. */
function timeOf(time: unknown): unknown {
  return typeof time === 'object' && time !== null ? JSON.stringify(time) : (time ?? undefined);
}

function bytesOfHex(hex: string, digits: number): string {
  return Buffer.from(hex.replace(/^0x/u, '').padStart(digits, '0'), 'hex').toString('base64');
}

function keyed(attributes: Readonly<Record<string, unknown>> | undefined, anyValue: (value: unknown) => unknown): unknown[] {
  return Object.entries(attributes ?? {}).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValueOf(value: unknown): unknown {
  return anyValueOfText(JSON.stringify(value));
}

function anyValueOfText(text: unknown): unknown {
  if (typeof text !== 'string') return anyValueOf(text);
  try {
    return parseWithSource(text, asAnyValue);
  } catch {
    return { string_value: text };
  }
}

/** Of at most 64 bits: a larger int_value would keep clients from reading anything of the trace. */
function isInteger(value: number, source = ''): boolean {
  return !/[.eE]/u.test(source) && Math.abs(value) < 2 ** 64 && BigInt.asIntN(64, BigInt(source)) === BigInt(source);
}

/** Called from the innermost value outwards: what an array or object holds has its form already. */
const asAnyValue: Revive = (_, value, { source }) => {
  if (value === null) return {};
  if (typeof value === 'string') return { string_value: value };
  if (typeof value === 'boolean') return { bool_value: value };
  if (typeof value === 'number') return isInteger(value, source) ? { int_value: source } : { double_value: value };
  if (Array.isArray(value)) return { array_value: { values: value } };
  return { kvlist_value: { values: Object.entries(value as object).map(([key, each]) => ({ key, value: each })) } };
};
