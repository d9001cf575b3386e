import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { MessageShape } from '#contract/grpc/message.ts';
import { decodeMessage } from '#http/grpc/protobuf.ts';

type Value = string | number | boolean;

/** A span as it came over the wire; times in milliseconds since the epoch. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  /** 2 is SERVER. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, Value>>;
  /** 2 is an error. */
  readonly status: number;
  /** Attributes of the service. */
  readonly resource: Readonly<Record<string, Value>>;
  /** Headers of the request that brought it. */
  readonly headers: IncomingHttpHeaders;
}

// opentelemetry-proto 1.x: collector/trace/v1/trace_service.proto and what it holds. Times are fixed64, read by their bits.
const anyValue: MessageShape = {
  1: { name: 'string', kind: 'string' },
  2: { name: 'bool', kind: 'bool' },
  3: { name: 'int', kind: 'int' },
  4: { name: 'double', kind: 'double' },
};
const attributes = {
  name: 'attributes',
  repeated: true,
  kind: { 1: { name: 'key', kind: 'string' }, 2: { name: 'value', kind: anyValue } },
} as const;
const span: MessageShape = {
  1: { name: 'trace_id', kind: 'bytes' },
  2: { name: 'span_id', kind: 'bytes' },
  4: { name: 'parent_span_id', kind: 'bytes' },
  5: { name: 'name', kind: 'string' },
  6: { name: 'kind', kind: 'int' },
  7: { name: 'start', kind: 'double' },
  8: { name: 'end', kind: 'double' },
  9: attributes,
  15: { name: 'status', kind: { 3: { name: 'code', kind: 'int' } } },
};
const exportRequest: MessageShape = {
  1: {
    name: 'resource_spans',
    repeated: true,
    kind: {
      1: { name: 'resource', kind: { 1: attributes } },
      2: { name: 'scope_spans', repeated: true, kind: { 2: { name: 'spans', repeated: true, kind: span } } },
    },
  },
};

interface Wire {
  readonly resource_spans?: readonly {
    readonly resource?: { readonly attributes?: readonly Pair[] };
    readonly scope_spans?: readonly { readonly spans?: readonly WireSpan[] }[];
  }[];
}
interface Pair {
  readonly key: string;
  readonly value: Readonly<Record<string, Value>>;
}
interface WireSpan {
  readonly trace_id: Uint8Array;
  readonly span_id: Uint8Array;
  readonly parent_span_id?: Uint8Array;
  readonly name: string;
  readonly kind: number;
  readonly start: number;
  readonly end: number;
  readonly attributes?: readonly Pair[];
  readonly status?: { readonly code?: number };
}

/** Takes traces as an OpenTelemetry collector does: OTLP over HTTP, in protobuf. */
export interface OtlpReceiver extends AsyncDisposable {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT names. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (req, res) => {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const isTraces = req.method === 'POST' && req.url === '/v1/traces' && req.headers['content-type'] === 'application/x-protobuf';
    if (isTraces) {
      const body = req.headers['content-encoding'] === 'gzip' ? gunzipSync(Buffer.concat(parts)) : Buffer.concat(parts);
      spans.push(...received(decodeMessage(exportRequest, body) as Wire, req.headers));
    }
    res.writeHead(isTraces ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function received({ resource_spans = [] }: Wire, headers: IncomingHttpHeaders): ReceivedSpan[] {
  return resource_spans.flatMap(({ resource, scope_spans = [] }) =>
    scope_spans
      .flatMap((scope) => scope.spans ?? [])
      .map((one) => ({
        traceId: hex(one.trace_id),
        spanId: hex(one.span_id),
        parentId: hex(one.parent_span_id ?? new Uint8Array()),
        name: one.name,
        kind: one.kind,
        startMs: millis(one.start),
        endMs: millis(one.end),
        attributes: record(one.attributes),
        status: one.status?.code ?? 0,
        resource: record(resource?.attributes),
        headers,
      })),
  );
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function millis(bits: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, bits);
  return Number(view.getBigUint64(0)) / 1e6;
}

const record = (pairs: readonly Pair[] = []): Record<string, Value> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0] as Value]));
