import { databaseName } from '#kernel/database-name.ts';
import { pause } from '#kernel/retry.ts';
import type { Databases } from '#ports/database.ts';
import type { Component } from '#roles/define-role.ts';
import type { CoreConfig } from '../config/core.ts';
import { databasePlace } from '../places.ts';

/** A status page that waits for a dead server longer than this is of no use. */
const PATIENCE_MS = 2000;

/** The database as it is now: it is asked, not remembered. */
export async function databaseComponent(database: Databases, { data, database: { url } }: CoreConfig): Promise<Component> {
  const place = databasePlace(url, data);
  const detail = place.kind === 'sqlite' ? `SQLite in ${place.path}` : `PostgreSQL, ${databaseName(place.url)}`;
  const answered = new AbortController();
  const ping = database.ping().then(
    () => undefined,
    (error: Error) => error.message,
  );
  const late = pause(PATIENCE_MS, answered.signal).then(() => `it has not answered for ${PATIENCE_MS / 1000} s`);
  const problem = await Promise.race([ping, late]);
  answered.abort();
  const about = { name: 'database', kind: 'store' };
  return problem === undefined ? { ...about, state: 'ok', detail } : { ...about, state: 'down', detail: `${detail}: ${problem}` };
}
