import { performance } from 'node:perf_hooks';
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from '#kernel/logger.ts';
import type { PartSpan, RequestSpan, SpanAttributes, SpanStart, Tracing } from '#ports/telemetry/tracing.ts';
import { samplerOf } from './sampler.ts';
import { told } from './told.ts';

export interface TracingOptions {
  /** Where an OTLP receiver takes traces: `http://HOST:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Further attributes of this service. */
  readonly resource: Readonly<Record<string, string>>;
  /** A name of OTEL_TRACES_SAMPLER. */
  readonly sampler: string;
  readonly ratio: number;
  readonly queueSpans: number;
  readonly batchSpans: number;
  readonly delayMs: number;
  readonly logger: Logger;
}

/** Longest that a stop waits for what is still to be sent. */
const CLOSE_MS = 3000;

/** Traces by OpenTelemetry's SDK, sent as OTLP over HTTP in batches. A receiver that is away costs spans, which is told in the log, and nothing else. */
export function openTracing(options: TracingOptions): Tracing {
  const { url, headers, serviceName, serviceVersion, resource, logger } = options;
  const exporter = told(new OTLPTraceExporter({ url, headers: { ...headers } }), logger);
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: options.queueSpans,
    maxExportBatchSize: Math.min(options.batchSpans, options.queueSpans),
    scheduledDelayMillis: options.delayMs,
  });
  const provider = new TracerProvider({
    sampler: samplerOf(options.sampler, options.ratio),
    spanProcessors: [processor],
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion, ...resource }),
  });
  const tracer = provider.getTracer('trainyard', serviceVersion);
  return {
    isOn: true,
    start: (span) => new OpenSpan(tracer, span),
    close: async () => {
      let late: NodeJS.Timeout | undefined;
      const given = new Promise<void>((resolve) => {
        late = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), given]).finally(() => clearTimeout(late));
    },
  };
}

const propagator = new W3CTraceContextPropagator();
const getter = {
  keys: (carrier: SpanStart): string[] => Object.keys(carrier),
  get: (carrier: SpanStart, key: string): string | undefined => carrier[key as 'traceparent' | 'tracestate'],
};

/** The SDK's times are those of the clock on the wall. */
const wall = (at: number): number => performance.timeOrigin + at;

class OpenSpan implements RequestSpan {
  readonly traceparent: string;
  readonly isRecorded: boolean;
  readonly #tracer: Tracer;
  readonly #span: Span;

  constructor(tracer: Tracer, start: SpanStart) {
    this.#tracer = tracer;
    const parent = start.traceparent === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, start, getter);
    const { name, startedAt, attributes } = start;
    this.#span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: wall(startedAt), attributes: { ...attributes } }, parent);
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    this.isRecorded = this.#span.isRecording();
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes({ ...attributes });
  }

  part({ name, startedAt, endedAt, attributes }: PartSpan): void {
    const within = trace.setSpan(ROOT_CONTEXT, this.#span);
    this.#tracer.startSpan(name, { startTime: wall(startedAt), attributes: { ...attributes } }, within).end(wall(endedAt));
  }

  end(error?: string): void {
    if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    this.#span.end(wall(performance.now()));
  }
}
