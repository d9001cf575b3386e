import type { Setting } from './setting.ts';
import { TracingKeys } from './tracing.ts';

type Key = keyof typeof TracingKeys.shape;

/** OpenTelemetry's own variables, and the keys that each one means; later ones win. */
const VARIABLES: Readonly<Record<string, Key>> = {
  OTEL_SDK_DISABLED: 'enabled',
  OTEL_TRACES_EXPORTER: 'exporter',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'endpoint',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'endpoint',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'protocol',
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'protocol',
  OTEL_EXPORTER_OTLP_HEADERS: 'headers',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'headers',
  OTEL_RESOURCE_ATTRIBUTES: 'resource',
  OTEL_SERVICE_NAME: 'service_name',
  OTEL_TRACES_SAMPLER: 'sampler',
  OTEL_TRACES_SAMPLER_ARG: 'sample_ratio',
  OTEL_BSP_MAX_QUEUE_SIZE: 'queue_spans',
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 'batch_spans',
  OTEL_BSP_SCHEDULE_DELAY: 'delay_ms',
};

/** Their values in our words (OpenTelemetry specification, environment variables and OTLP exporter). */
const WORDS: Readonly<Record<string, (value: string) => string>> = {
  OTEL_TRACES_EXPORTER: (value) => (listed(value).includes('otlp') ? 'otlp' : value.toLowerCase()),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_SDK_DISABLED: (value) => String(value.toLowerCase() !== 'true'),
  OTEL_EXPORTER_OTLP_ENDPOINT: (value) => `${value.replace(/\/+$/u, '')}/v1/traces`,
  OTEL_EXPORTER_OTLP_HEADERS: pairs,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: pairs,
  OTEL_RESOURCE_ATTRIBUTES: pairs,
};

/** `key=value,key=value` (W3C Baggage, values percent-encoded) as JSON. */
function pairs(text: string): string {
  const entries = text.split(',').flatMap((part) => {
    const at = part.indexOf('=');
    return at < 1 ? [] : [[part.slice(0, at).trim(), decoded(part.slice(at + 1).trim())]];
  });
  return JSON.stringify(Object.fromEntries(entries));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const listed = (value: string): string[] => value.split(',').map((part) => part.trim().toLowerCase());

/** Who takes the one over HTTP takes the other too (OTLP specification, OTLP/HTTP). */
function protocol(value: string): string {
  const name = value.trim().toLowerCase();
  return name === 'http/json' ? 'http/protobuf' : name;
}

/**
 * What OpenTelemetry's variables ask for. They are often set for a whole host, with other programs in mind: one that cannot be heeded is told and ignored,
 * as OpenTelemetry's specification has it, and where it says that traces go elsewhere or otherwise, so is the endpoint, which is not for us then.
 * @param warn is told of each that is ignored, with the reason
 */
export function otelSettings(env: NodeJS.ProcessEnv, warn: (variable: string, reason: string) => void): Setting[] {
  const settings: Setting[] = [];
  const ignored = new Set<Key>();
  for (const [name, key] of Object.entries(VARIABLES)) {
    const text = env[name];
    if (!text) continue;
    const value = taken(key, WORDS[name]?.(text) ?? text);
    if (value === undefined) {
      ignored.add(key);
      warn(name, reasonOf(key));
    } else {
      ignored.delete(key);
      settings.push({ path: ['tracing', key], value, from: name });
    }
  }
  const isElsewhere = ignored.has('exporter') || ignored.has('protocol');
  return settings.filter(({ path: [, key] }) => !(isElsewhere && key === 'endpoint') && !ignored.has(key as Key));
}

function reasonOf(key: Key): string {
  if (key === 'exporter') return 'traces are sent by otlp or not at all, so none are sent on its account';
  if (key === 'protocol')
    return 'traces are sent by http/protobuf only, so none are sent on its account: tracing.endpoint names a receiver';
  return `it is nothing that tracing.${key} can be`;
}

/** Text as what the key wants, if it is that. */
function taken(key: Key, text: string): unknown {
  const leaf = TracingKeys.shape[key];
  if (leaf.safeParse(text).success) return text;
  try {
    const value: unknown = JSON.parse(text);
    return leaf.safeParse(value).success ? value : undefined;
  } catch {
    return undefined;
  }
}
