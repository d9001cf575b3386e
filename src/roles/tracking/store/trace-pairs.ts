import type { Pair } from '../entities.ts';
import { chunks, lastOfEach, type Writer } from './rows.ts';

type KeyedPair = Pair & { readonly trace: number };

/** Tags or metadata of one trace, added or replaced. */
export async function putPairs(
  tx: Writer,
  table: 'tracking_trace_tags' | 'tracking_trace_metadata',
  put: readonly KeyedPair[],
): Promise<void> {
  // Writers of the same trace take rows in the same order, so none waits for another in a circle.
  const rows = lastOfEach(put).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  for (const some of chunks(rows)) {
    await tx
      .insertInto(table)
      .values(some)
      .onConflict((conflict) => conflict.columns(['trace', 'key']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })))
      .execute();
  }
}
