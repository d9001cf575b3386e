import type { Database } from '#ports/database.ts';
import { LOCATION_TAG, type Pair } from '../../entities.ts';
import { traceSums } from '../../otlp/usage.ts';
import type { TrackingTables } from '../../tables.ts';
import { childUri } from '../experiments.ts';
import { activeExperiment, among, chunks, type Reader, type Writer } from '../rows.ts';
import { putPairs } from '../trace-pairs.ts';

type Db = Database<TrackingTables>;
export type SpanRow = Omit<TrackingTables['tracking_spans'], 'trace'>;

/** Spans of one trace and what they say of it. */
export interface TracePart {
  readonly trace_id: string;
  readonly startMs: number;
  readonly endMs: number | undefined;
  /** Of the first span, where it is among these. */
  readonly rootStatus: 'OK' | 'ERROR' | undefined;
  readonly requestPreview: string | undefined;
  readonly responsePreview: string | undefined;
  readonly session: string | undefined;
  readonly user: string | undefined;
  readonly tags: readonly Pair[];
  readonly spans: readonly SpanRow[];
}

/** Tells clients where the spans of a trace are. */
export const SPANS_TAG = { key: 'mlflow.trace.spansLocation', value: 'TRACKING_STORE' } as const;
/** Says that a client has told all of a trace itself: what spans say does not change it any more. */
export const FINAL = { key: 'mlflow.trace.infoFinalized', value: 'true' } as const;
const META = {
  usage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
} as const;

const SUMS = ['usage', 'cost'] as const;
const SAID = ['session', 'user'] as const;
type Sum = (typeof SUMS)[number];

/**
 * Keeps spans, replacing those of the same ids; a trace that is not known yet is begun in the experiment. All of them or none.
 *
 * @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE, where a trace is to be begun
 */
export function logSpans(db: Db, experimentId: string, parts: readonly TracePart[]): Promise<void> {
  // Many threads of a client send parts of the same trace at once, so rows are locked in an order instead of compared afterwards.
  const inOrder = parts.toSorted((a, b) => (a.trace_id < b.trace_id ? -1 : 1));
  return db.append(async (tx) => {
    const known = await tx
      .selectFrom('tracking_traces')
      .select('trace_id')
      .where((e) =>
        among(
          db.dialect,
          e.ref('trace_id'),
          inOrder.map(({ trace_id }) => trace_id),
        ),
      )
      .execute();
    const all = known.length === inOrder.length;
    const experiment = all ? undefined : await activeExperiment(tx, experimentId);
    const isKnown = new Set(known.map(({ trace_id }) => trace_id));
    for (const part of inOrder) {
      const begun = !isKnown.has(part.trace_id) && experiment ? await begin(tx, part, experiment) : undefined;
      await addTo(tx, begun ?? (await locked(tx, part.trace_id)), part);
    }
  });
}

interface Experiment {
  readonly id: number;
  readonly artifact_location: string;
}

/** Undefined where another has begun it meanwhile. */
async function begin(tx: Writer, part: TracePart, experiment: Experiment) {
  const trace = await tx
    .insertInto('tracking_traces')
    .values({
      trace_id: part.trace_id,
      experiment: experiment.id,
      request_time: part.startMs,
      duration_ms: part.endMs === undefined ? null : part.endMs - part.startMs,
      state: part.rootStatus ?? 'IN_PROGRESS',
      client_request_id: '',
      request_preview: '',
      response_preview: '',
    })
    .onConflict((conflict) => conflict.column('trace_id').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!trace) return undefined;
  const value = childUri(experiment.artifact_location, 'traces', part.trace_id, 'artifacts');
  await putPairs(tx, 'tracking_trace_tags', [{ trace: trace.id, key: LOCATION_TAG, value }]);
  return trace;
}

/** Nobody else changes the trace until this unit of work is done. */
async function locked(tx: Writer, traceId: string) {
  await tx
    .updateTable('tracking_traces')
    .set((e) => ({ state: e.ref('state') }))
    .where('trace_id', '=', traceId)
    .execute();
  return tx.selectFrom('tracking_traces').selectAll().where('trace_id', '=', traceId).executeTakeFirstOrThrow();
}

type TraceRow = Awaited<ReturnType<typeof locked>>;

async function addTo(tx: Writer, trace: TraceRow, part: TracePart): Promise<void> {
  const metadata = await tx.selectFrom('tracking_trace_metadata').selectAll().where('trace', '=', trace.id).execute();
  const told = new Map(metadata.map(({ key, value }) => [key, value]));
  const isFinal = told.has(FINAL.key);
  const says = (what: Sum) => part.spans.some((span) => span[what] !== null);
  // What the client has told itself is told apart from what followed from the spans before.
  const before = isFinal && SUMS.some(says) ? traceSums(await usageNodes(tx, trace.id)) : undefined;
  const open = SUMS.filter((what) => says(what) && (!before || told.get(META[what]) === before[what]));
  await putSpans(tx, trace.id, part.spans);
  await tx
    .updateTable('tracking_traces')
    .set(changed(trace, part, isFinal))
    .where('id', '=', trace.id)
    .execute();
  const sums = open.length > 0 ? traceSums(await usageNodes(tx, trace.id)) : {};
  const known = [
    ...SAID.flatMap((what) => (told.has(META[what]) ? [] : pairOf(what, part[what]))),
    ...open.flatMap((what) => pairOf(what, sums[what])),
  ];
  await putPairs(
    tx,
    'tracking_trace_metadata',
    known.map((pair) => ({ trace: trace.id, ...pair })),
  );
  const tags = [...part.tags, SPANS_TAG].map((pair) => ({ trace: trace.id, ...pair }));
  await putPairs(tx, 'tracking_trace_tags', tags);
}

async function putSpans(tx: Writer, trace: number, spans: readonly SpanRow[]): Promise<void> {
  for (const rows of chunks(spans)) {
    await tx
      .insertInto('tracking_spans')
      .values(rows.map((row) => ({ trace, ...row })))
      .onConflict((conflict) =>
        conflict.columns(['trace', 'span_id']).doUpdateSet((e) => ({
          parent_id: e.ref('excluded.parent_id'),
          name: e.ref('excluded.name'),
          type: e.ref('excluded.type'),
          status: e.ref('excluded.status'),
          start_ns: e.ref('excluded.start_ns'),
          content: e.ref('excluded.content'),
          usage: e.ref('excluded.usage'),
          cost: e.ref('excluded.cost'),
        })),
      )
      .execute();
  }
}

function changed(trace: TraceRow, part: TracePart, isFinal: boolean) {
  const request_time = isFinal ? trace.request_time : Math.min(trace.request_time, part.startMs);
  const ends = [trace.duration_ms === null ? undefined : trace.request_time + trace.duration_ms, part.endMs].filter(
    (end) => end !== undefined,
  );
  const duration_ms = isFinal || ends.length === 0 ? trace.duration_ms : Math.max(...ends) - request_time;
  const open = trace.state === 'IN_PROGRESS' || trace.state === 'STATE_UNSPECIFIED';
  return {
    request_time,
    duration_ms,
    state: open ? (part.rootStatus ?? trace.state) : trace.state,
    request_preview: trace.request_preview || (part.requestPreview ?? ''),
    response_preview: trace.response_preview || (part.responsePreview ?? ''),
  };
}

function pairOf(what: keyof typeof META, value: string | undefined): Pair[] {
  return value === undefined ? [] : [{ key: META[what], value }];
}

function usageNodes(db: Reader, trace: number) {
  return db.selectFrom('tracking_spans').select(['span_id', 'parent_id', 'usage', 'cost']).where('trace', '=', trace).execute();
}
