import type { ReferenceProfile } from '#contract/model-schema.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Remote } from '#ports/database.ts';
import type { EventsApi } from '../../events/api.ts';
import { Aggregator } from '../fold/aggregator.ts';
import { FoldPlan } from '../fold/plan.ts';
import type { MonitoringSink } from '../fold/sink.ts';
import type { MonitoringStore } from '../store.ts';
import { rowsOf } from './choose.ts';
import { referenceOf } from './profile.ts';
import type { Reference, References } from './references.ts';

interface Parts {
  readonly store: Remote<MonitoringStore>;
  readonly references: References;
  readonly sink: MonitoringSink;
  readonly events: Pick<EventsApi, 'analytics' | 'indexed'>;
  readonly rows: number;
  readonly clock: Clock;
}

const INDEX_WAIT_MS = 5000;

/**
 * Makes a profile the deployment's own reference and counts its newest predictions again over the new bins, so that the pages have a past.
 * Counting from the log stands still meanwhile, and leaves out what was counted here.
 */
export function chooseReference(
  parts: Parts,
  change: { readonly deployment: string; readonly profile: ReferenceProfile; readonly by: string },
): Promise<{ readonly reference: Reference; readonly recounted: number }> {
  const { store, references, sink, events, rows: limit, clock } = parts;
  const { deployment, profile, by } = change;
  return sink.exclusive(async () => {
    await events.indexed(INDEX_WAIT_MS);
    const stored = referenceOf(profile, 'chosen', clock.now());
    const plan = new FoldPlan(stored.id, profile);
    const aggregator = new Aggregator();
    const rows = await rowsOf(events.analytics, { deployment }, limit);
    for (const row of rows) aggregator.add(plan, { timeMs: Date.parse(row.time), data: row });
    await store.setOverride({ deployment, setMs: clock.now(), by }, stored, aggregator.cells());
    sink.leaveOut(
      deployment,
      rows.map((row) => row.prediction_id),
    );
    return { reference: references.setOverride(deployment, stored), recounted: rows.length };
  });
}
