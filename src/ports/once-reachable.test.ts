import { expect, test } from 'vitest';
import { type Logger, silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { fail, onceReachable } from './database.ts';

test('work that fails when the database is back is told, not forgotten', async () => {
  const told: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => void told.push(fields) };
  let tries = 0;
  const work = async (): Promise<void> => {
    tries++;
    throw tries < 3 ? fail.unavailable({ reason: 'away' }) : new Error('the tables are newer');
  };
  await onceReachable(work, { signal: new AbortController().signal, logger });
  await waitFor('the failure to be told', () => told.length > 0);
  expect(tries).toBe(3);
  expect(JSON.stringify(told)).toContain('the tables are newer');
});
