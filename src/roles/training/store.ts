import type { Kysely } from 'kysely';
import type { TrainingJob } from '#contract/http/platform/training.ts';
import { type Database, defineStore } from '#ports/database.ts';

interface TrainingTables {
  training_jobs: { job_id: string; state: string; document: string };
}

/** Training jobs: each as one JSON document, newest last by id. */
export class TrainingStore {
  readonly #db: Database<TrainingTables>;
  constructor(db: Database<TrainingTables>) {
    this.#db = db;
  }

  async save(job: TrainingJob): Promise<void> {
    const row = { job_id: job.job_id, state: job.state, document: JSON.stringify(job) };
    await this.#db.write(async (tx) => {
      await tx
        .insertInto('training_jobs')
        .values(row)
        .onConflict((c) => c.column('job_id').doUpdateSet({ state: row.state, document: row.document }))
        .execute();
    });
  }

  async get(jobId: string): Promise<TrainingJob | null> {
    const row = await this.#db.read.selectFrom('training_jobs').select('document').where('job_id', '=', jobId).executeTakeFirst();
    return row ? (JSON.parse(row.document) as TrainingJob) : null;
  }

  /** Newest first; ids sort by time. @param before only jobs older than this id */
  async list(limit: number, before: string | null): Promise<TrainingJob[]> {
    let query = this.#db.read.selectFrom('training_jobs').select('document').orderBy('job_id', 'desc').limit(limit);
    if (before !== null) query = query.where('job_id', '<', before);
    return (await query.execute()).map(({ document }) => JSON.parse(document) as TrainingJob);
  }

  /** Ends what was under way when the program stopped. Gives the ids. */
  async failUnfinished(error: string, finishedAt: string): Promise<string[]> {
    return this.#db.write(async (tx) => {
      const rows = await tx.selectFrom('training_jobs').selectAll().where('state', 'in', ['queued', 'running']).execute();
      for (const { job_id, document } of rows) {
        const job: TrainingJob = { ...(JSON.parse(document) as TrainingJob), state: 'failed', error, finished_at: finishedAt };
        await tx
          .updateTable('training_jobs')
          .set({ state: 'failed', document: JSON.stringify(job) })
          .where('job_id', '=', job_id)
          .execute();
      }
      return rows.map(({ job_id }) => job_id);
    });
  }

  /** Forgets all but the newest finished jobs. */
  async trim(keep: number): Promise<void> {
    await this.#db.write(async (tx) => {
      const oldest = await tx
        .selectFrom('training_jobs')
        .select('job_id')
        .orderBy('job_id', 'desc')
        .offset(keep)
        .limit(1)
        .executeTakeFirst();
      if (!oldest) return;
      await tx.deleteFrom('training_jobs').where('job_id', '<=', oldest.job_id).where('state', 'not in', ['queued', 'running']).execute();
    });
  }
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('training_jobs')
    .addColumn('job_id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .execute();
}

export const store = defineStore<TrainingStore, TrainingTables>({
  name: 'training',
  module: import.meta.url,
  migrations: [{ id: '0001-jobs', up: createTables }],
  reads: ['get', 'list'],
  create: (db) => new TrainingStore(db),
});
