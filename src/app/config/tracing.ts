import { z } from 'zod';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Settings of OpenTelemetry traces. The SDK also heeds OTEL_EXPORTER_OTLP_TIMEOUT, _COMPRESSION, _CERTIFICATE and their _TRACES_ forms. */
export const TracingKeys = z.strictObject({
  enabled: z.boolean().default(true).describe('`false` sends no traces, wherever they would go (the contrary of OTEL_SDK_DISABLED).'),
  exporter: z.enum(['otlp', 'none']).default('otlp').describe('What sends traces (OTEL_TRACES_EXPORTER).'),
  endpoint: z
    .union([z.literal(''), z.url()])
    .default('')
    .describe(
      'Where an OTLP receiver takes traces over HTTP, such as `http://localhost:4318/v1/traces`; empty for no traces (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT without the path).',
    ),
  protocol: z
    .literal('http/protobuf', 'only http/protobuf is spoken: name the HTTP port of the receiver, mostly 4318')
    .default('http/protobuf')
    .describe('How spans are sent (OTEL_EXPORTER_OTLP_PROTOCOL).'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .meta({ secret: true })
    .describe('Headers for the receiver, such as its key (OTEL_EXPORTER_OTLP_HEADERS).'),
  service_name: z.string().min(1).default('trainyard').describe('Name of this service in traces (OTEL_SERVICE_NAME).'),
  resource: z
    .record(z.string(), z.string())
    .default({})
    .describe('Further attributes of this service, such as `{"deployment.environment.name": "prod"}` (OTEL_RESOURCE_ATTRIBUTES).'),
  sampler: z
    .enum(SAMPLERS)
    .default('parentbased_always_on')
    .describe('Which requests are traced; `parentbased_…` does as the caller did (OTEL_TRACES_SAMPLER).'),
  sample_ratio: z.number().min(0).max(1).default(1).describe('Share of the requests for `…traceidratio` (OTEL_TRACES_SAMPLER_ARG).'),
  queue_spans: z.int().min(1).default(2048).describe('Spans that may wait to be sent; more are dropped (OTEL_BSP_MAX_QUEUE_SIZE).'),
  batch_spans: z.int().min(1).default(512).describe('Most spans that are sent at once (OTEL_BSP_MAX_EXPORT_BATCH_SIZE).'),
  delay_ms: z.int().min(1).default(5000).describe('Time between two sendings, milliseconds (OTEL_BSP_SCHEDULE_DELAY).'),
});

export const TracingConfig = TracingKeys.prefault({});
