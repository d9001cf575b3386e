import { parseKeepingFloats, pythonJson } from '#contract/http/mlflow/python-json.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Database } from '#ports/database.ts';
import { held, howManyFit } from '#ports/pages/page-bytes.ts';
import { digestOf, hashOf, merged, type RecordBody, readBodies, schemaOf, userOf } from '../bodies.ts';
import type { DatasetTables } from '../tables.ts';
import { datasetRow, type Writer } from './rows.ts';

type Db = Database<DatasetTables>;

/** @param sent `text` is a checked JSON list of records */
export function upsertRecords(db: Db, datasetId: string, sent: { readonly text: string; readonly now: number }) {
  return db.write(async (tx): Promise<{ inserted: number; updated: number }> => {
    const { now } = sent;
    const dataset = await datasetRow(tx, datasetId);
    const bodies = readBodies(sent.text);
    let inserted = 0;
    for (const body of bodies) if (await upsert(tx, { dataset: dataset.id, body, now })) inserted++;
    await tx
      .updateTable('tracking_eval_datasets')
      .set({
        schema: schemaOf(dataset.schema, bodies),
        profile: await profileOf(tx, dataset.id),
        digest: digestOf(dataset.name, now),
        last_update_time: now,
        last_updated_by: bodies.map(userOf).findLast((user) => user !== null) ?? null,
      })
      .where('id', '=', dataset.id)
      .execute();
    return { inserted, updated: bodies.length - inserted };
  });
}

/** Whether the record is a new one. */
async function upsert(tx: Writer, { dataset, body, now }: { dataset: number; body: RecordBody; now: number }): Promise<boolean> {
  const input_hash = hashOf(body);
  const user = userOf(body);
  const before = await tx
    .selectFrom('tracking_eval_dataset_records')
    .select(['id', 'body'])
    .where('dataset', '=', dataset)
    .where('input_hash', '=', input_hash)
    .executeTakeFirst();
  if (before) {
    const text = JSON.stringify(merged(parseKeepingFloats(before.body) as RecordBody, body));
    await tx
      .updateTable('tracking_eval_dataset_records')
      .set({ body: text, last_update_time: now, ...(user === null ? {} : { last_updated_by: user }) })
      .where('id', '=', before.id)
      .execute();
    return false;
  }
  const touched = { created_time: now, last_update_time: now, created_by: user, last_updated_by: user };
  const record = { dataset, record_id: `dr-${randomHex(32)}`, input_hash, body: JSON.stringify(body), ...touched };
  await tx.insertInto('tracking_eval_dataset_records').values(record).execute();
  return true;
}

async function profileOf(tx: Writer, dataset: number): Promise<string | null> {
  const { n } = await tx
    .selectFrom('tracking_eval_dataset_records')
    .select(({ fn }) => fn.countAll().as('n'))
    .where('dataset', '=', dataset)
    .executeTakeFirstOrThrow();
  return Number(n) > 0 ? pythonJson({ num_records: Number(n) }) : null;
}

const PARTS = [held('tracking_eval_dataset_records', 'id', ['body'])];

/** Records in the order in which they came, as JSON texts, after one place in it. */
export async function listRecords(db: Db, datasetId: string, { after, limit }: { readonly after: number; readonly limit: number }) {
  const { id } = await datasetRow(db.read, datasetId);
  const following = db.read.selectFrom('tracking_eval_dataset_records').where('dataset', '=', id).where('id', '>', after).orderBy('id');
  const ids = (
    await following
      .select('id')
      .limit(limit + 1)
      .execute()
  ).map((row) => row.id);
  const kept = ids.slice(0, await howManyFit(db.read, { ...db, parts: PARTS }, ids.slice(0, limit)));
  // Up to the last one of these, however many others have gone or come meanwhile: the next page begins behind it.
  const last = kept.at(-1);
  const rows = last === undefined ? [] : await following.where('id', '<=', last).selectAll().execute();
  const texts = rows.map((row) => {
    const { body, id: _id, dataset: _dataset, input_hash: _hash, record_id, created_by, last_updated_by, ...times } = row;
    const { source, ...fields } = parseKeepingFloats(body) as RecordBody;
    const by = { ...(created_by ? { created_by } : {}), ...(last_updated_by ? { last_updated_by } : {}) };
    const from = source ? { source, source_type: source['source_type'] } : {};
    return JSON.stringify({ dataset_record_id: record_id, dataset_id: datasetId, ...fields, ...from, ...times, ...by });
  });
  return { texts, next: ids.length > kept.length ? last : undefined };
}

/** Gives how many there were. */
export function deleteRecords(db: Db, datasetId: string, which: { readonly recordIds: readonly string[]; readonly now: number }) {
  return db.write(async (tx): Promise<number> => {
    const dataset = await datasetRow(tx, datasetId);
    let deleted = 0;
    for (const recordId of which.recordIds) {
      const gone = tx.deleteFrom('tracking_eval_dataset_records').where('dataset', '=', dataset.id);
      deleted += Number((await gone.where('record_id', '=', recordId).executeTakeFirst()).numDeletedRows);
    }
    if (deleted > 0) {
      const changed = { profile: await profileOf(tx, dataset.id), last_update_time: which.now, digest: digestOf(dataset.name, which.now) };
      await tx.updateTable('tracking_eval_datasets').set(changed).where('id', '=', dataset.id).execute();
    }
    return deleted;
  });
}
