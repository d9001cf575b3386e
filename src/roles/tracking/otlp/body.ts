import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { type ExportedTraces, exportTracesShape } from '#contract/otlp/export-traces.ts';
import { decodeMessage } from '#http/grpc/protobuf.ts';
import { fail } from '../errors.ts';
import { messageOfJson } from './read-json.ts';

/** Bytes of an export once it is unpacked: a few compressed bytes may hold any number. */
const MOST_UNPACKED = 64 * 1024 * 1024;
/** Spans, attributes, their values and what holds them; far more than exporters send at once. */
const BOUNDS = { deepest: 100, most: 1_000_000 };
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

interface Sent {
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  readonly body: Buffer;
}

/**
 * The body of an export, in protobuf or JSON, packed or not.
 *
 * @throws TRACKING_OTLP_INVALID, TRACKING_OTLP_TOO_LARGE
 */
export async function readExport({ type, encoding, body }: Sent): Promise<ExportedTraces> {
  const media = type?.split(';', 1)[0]?.trim().toLowerCase();
  if (media !== PROTOBUF && media !== JSON_TYPE) {
    throw fail.otlpInvalid({ detail: `Invalid Content-Type: ${type ?? 'none'}. Expected: ${PROTOBUF} or ${JSON_TYPE}` });
  }
  const plain = await unpacked(body, encoding?.trim().toLowerCase());
  const traces = media === JSON_TYPE ? ofJson(plain) : ofProtobuf(plain);
  if (traces.resource_spans.length === 0) throw fail.otlpInvalid({ detail: 'Invalid OpenTelemetry format - no spans found' });
  return traces;
}

function ofProtobuf(bytes: Buffer): ExportedTraces {
  try {
    return decodeMessage(exportTracesShape, bytes, BOUNDS) as unknown as ExportedTraces;
  } catch (error) {
    throw fail.otlpInvalid({ detail: 'Invalid OpenTelemetry format' }, error);
  }
}

function ofJson(bytes: Buffer): ExportedTraces {
  try {
    return messageOfJson(exportTracesShape, bytes.toString()) as unknown as ExportedTraces;
  } catch (error) {
    const detail =
      error instanceof SyntaxError
        ? `Invalid OpenTelemetry format: the body is no JSON (Invalid Content-Type: ${JSON_TYPE}, if it is protobuf)`
        : 'Invalid OpenTelemetry format';
    throw fail.otlpInvalid({ detail }, error);
  }
}

async function unpacked(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return body;
  if (encoding === 'gzip') return unpack(gunzip, body, encoding);
  if (encoding !== 'deflate') throw fail.otlpInvalid({ detail: `Unsupported Content-Encoding: ${encoding}` });
  // Some senders leave out the two bytes that zlib begins with (RFC 9110, 8.4.1.2).
  return unpack((body.at(0) ?? 0) % 16 === 8 ? inflate : inflateRaw, body, encoding);
}

function unpack(how: typeof inflate, body: Buffer, encoding: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    how(body, { maxOutputLength: MOST_UNPACKED }, (error, result) => {
      if (!error) resolve(result);
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') reject(fail.otlpTooLarge({ limit: MOST_UNPACKED }));
      else reject(fail.otlpInvalid({ detail: `Failed to decompress ${encoding} payload` }, error));
    });
  });
}
