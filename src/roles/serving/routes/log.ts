import { z } from 'zod';
import { type BoundRoute, bindRoutes, defineRoute, Reply } from '#http/route.ts';
import type { LogSource } from '#ports/event-log.ts';

interface Deps {
  readonly log: LogSource;
}

const BASE = '/api/v1/serving/log';
const offset = z.coerce.number().int().min(0);
const MAX_BYTES = 8 * 1024 * 1024;

const shared = { method: 'GET', access: 'admin', tag: 'cluster' } as const;

/** GET /api/v1/serving/log/head */
export const logHead = defineRoute<Deps>()({
  ...shared,
  path: `${BASE}/head`,
  summary: 'Partition of the event log and the offset after its last record',
  input: z.object({}),
  answer: z.object({ partition: z.string(), head: z.int() }),
  handle: async ({ log }) => ({ partition: log.partition, head: await log.head() }),
});

/** GET /api/v1/serving/log/tail */
export const logTail = defineRoute<Deps>()({
  ...shared,
  path: `${BASE}/tail`,
  summary: 'Oldest offset that the event log still holds',
  input: z.object({}),
  answer: z.object({ partition: z.string(), tail: z.int() }),
  handle: async ({ log }) => ({ partition: log.partition, tail: await log.tail() }),
});

/** GET /api/v1/serving/log/read: a packed chunk, its place in headers. */
export const logRead = defineRoute<Deps>()({
  ...shared,
  path: `${BASE}/read`,
  summary: 'A chunk of the event log',
  input: z.object({
    from: offset,
    max_bytes: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_BYTES)
      .default(1024 * 1024),
  }),
  async handle({ log }, { from, max_bytes }) {
    const chunk = await log.read(from, max_bytes);
    const place = { 'x-log-partition': chunk.partition, 'x-log-from': String(chunk.from), 'x-log-to': String(chunk.to) };
    return new Reply(200, Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength), {
      'content-type': 'application/octet-stream',
      ...place,
    });
  },
});

/** GET /api/v1/serving/log/wait: answers as soon as there is a record at `offset`, or after `timeout_ms`. */
export const logWait = defineRoute<Deps>()({
  ...shared,
  path: `${BASE}/wait`,
  summary: 'Wait for a record of the event log',
  input: z.object({ offset, timeout_ms: z.coerce.number().int().min(0).max(60_000).default(20_000) }),
  answer: z.object({ head: z.int() }),
  async handle({ log }, { offset: at, timeout_ms }, { signal }) {
    await log.waitFor(at, AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]));
    return { head: await log.head() };
  },
});

/** POST /api/v1/serving/log/ack */
export const logAck = defineRoute<Deps>()({
  ...shared,
  method: 'POST',
  path: `${BASE}/ack`,
  summary: 'Tell that a sink holds everything before an offset',
  input: z.object({ sink: z.string().min(1).max(100), offset }),
  answer: z.object({}),
  async handle({ log }, { sink, offset: at }) {
    await log.acknowledge(sink, at);
    return {};
  },
});

/** The local event log over HTTP, for the process that indexes it from afar. */
export function logRoutes(log: LogSource): BoundRoute[] {
  return bindRoutes({ log }, [logHead, logTail, logRead, logWait, logAck]);
}
