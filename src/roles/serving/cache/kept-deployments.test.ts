import { expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import type { Remote } from '#ports/database.ts';
import { fail } from '#ports/database.ts';
import type { DeploymentStore, StoredDeployment } from '../store.ts';
import { KeptDeployments } from './kept-deployments.ts';

const DEPLOYMENT = { name: 'iris', isDefault: true, compat: undefined, variants: [], nowMs: 1 };

test('what was saved when the store went away is asked for again', async () => {
  const saved: StoredDeployment[] = [];
  let isAway = false;
  const store: Remote<DeploymentStore> = {
    list: async () => {
      if (isAway) throw fail.unavailable({ reason: 'away' });
      return [...saved];
    },
    save: async ({ nowMs, isDefault = false, ...rest }) => {
      saved.push({ ...rest, isDefault, createdMs: nowMs, updatedMs: nowMs } as StoredDeployment);
      isAway = true;
    },
    remove: async () => false,
    record: async () => {},
    history: async () => [],
  };
  const kept = new KeptDeployments(store, undefined, silentLogger);
  await expect(kept.save(DEPLOYMENT)).rejects.toMatchObject({ name: 'DATABASE_UNAVAILABLE' });
  expect(kept.isStale).toBe(true);
  isAway = false;
  expect((await kept.list()).map(({ name }) => name)).toEqual(['iris']);
  expect(kept.isStale).toBe(false);
});
