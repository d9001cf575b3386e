import type { FieldShape, MessageShape } from '../grpc/message.ts';

/** opentelemetry.proto.common.v1.AnyValue: one of its fields, or none for null. It holds itself, in lists and in lists of pairs. */
const anyValue: Record<number, FieldShape> = {
  1: { name: 'string_value', kind: 'string' },
  2: { name: 'bool_value', kind: 'bool' },
  3: { name: 'int_value', kind: 'big' },
  4: { name: 'double_value', kind: 'double' },
  7: { name: 'bytes_value', kind: 'bytes' },
};
const keyValue: MessageShape = { 1: { name: 'key', kind: 'string' }, 2: { name: 'value', kind: anyValue } };
anyValue[5] = { name: 'array_value', kind: { 1: { name: 'values', kind: anyValue, repeated: true } } };
anyValue[6] = { name: 'kvlist_value', kind: { 1: { name: 'values', kind: keyValue, repeated: true } } };

const attributes = { name: 'attributes', kind: keyValue, repeated: true } as const;

const span: MessageShape = {
  1: { name: 'trace_id', kind: 'bytes' },
  2: { name: 'span_id', kind: 'bytes' },
  4: { name: 'parent_span_id', kind: 'bytes' },
  5: { name: 'name', kind: 'string' },
  7: { name: 'start_time_unix_nano', kind: 'fixed64' },
  8: { name: 'end_time_unix_nano', kind: 'fixed64' },
  9: attributes,
  11: {
    name: 'events',
    kind: { 1: { name: 'time_unix_nano', kind: 'fixed64' }, 2: { name: 'name', kind: 'string' }, 3: attributes },
    repeated: true,
  },
  13: {
    name: 'links',
    kind: { 1: { name: 'trace_id', kind: 'bytes' }, 2: { name: 'span_id', kind: 'bytes' }, 4: attributes },
    repeated: true,
  },
  15: { name: 'status', kind: { 2: { name: 'message', kind: 'string' }, 3: { name: 'code', kind: 'int' } } },
};

/** opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest (OTLP 1.x), as far as it is kept. */
export const exportTracesShape: MessageShape = {
  1: {
    name: 'resource_spans',
    kind: {
      1: { name: 'resource', kind: { 1: attributes } },
      2: { name: 'scope_spans', kind: { 2: { name: 'spans', kind: span, repeated: true } }, repeated: true },
    },
    repeated: true,
  },
};

/** One of the fields, or none for null. */
export interface AnyValue {
  readonly string_value?: string;
  readonly bool_value?: boolean;
  readonly int_value?: bigint;
  readonly double_value?: number;
  readonly bytes_value?: Uint8Array;
  readonly array_value?: { readonly values: readonly AnyValue[] };
  readonly kvlist_value?: { readonly values: readonly KeyValue[] };
}

export interface KeyValue {
  readonly key?: string;
  readonly value?: AnyValue;
}

/** A span as it came. Times are nanoseconds since 1970, ids bytes. */
export interface ExportedSpan {
  readonly trace_id?: Uint8Array;
  readonly span_id?: Uint8Array;
  readonly parent_span_id?: Uint8Array;
  readonly name?: string;
  readonly start_time_unix_nano?: bigint;
  readonly end_time_unix_nano?: bigint;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly { readonly time_unix_nano?: bigint; readonly name?: string; readonly attributes: readonly KeyValue[] }[];
  readonly links: readonly { readonly trace_id?: Uint8Array; readonly span_id?: Uint8Array; readonly attributes: readonly KeyValue[] }[];
  /** Code 1 is OK, 2 an error. */
  readonly status?: { readonly message?: string; readonly code?: number };
}

/** What `exportTracesShape` reads. */
export interface ExportedTraces {
  readonly resource_spans: readonly {
    readonly resource?: { readonly attributes: readonly KeyValue[] };
    readonly scope_spans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}
