import { expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import type { Remote } from '#ports/database.ts';
import { fail } from '#ports/database.ts';
import type { DeploymentStore, StoredDeployment } from '../store.ts';
import { KeptDeployments } from './kept-deployments.ts';

const DEPLOYMENT = { name: 'iris', isDefault: true, compat: undefined, variants: [], nowMs: 1 };

/** A store that is away as long as somebody says so, and after every save. */
function fickle(): { readonly store: Remote<DeploymentStore>; isAway: boolean } {
  const saved: StoredDeployment[] = [];
  const around = {
    isAway: false,
    store: {
      list: async () => {
        if (around.isAway) throw fail.unavailable({ reason: 'away' });
        return [...saved];
      },
      save: async ({ nowMs, isDefault = false, ...rest }) => {
        saved.push({ ...rest, isDefault, createdMs: nowMs, updatedMs: nowMs } as StoredDeployment);
        around.isAway = true;
      },
      remove: async () => false,
      record: async () => {},
      history: async () => [],
    } satisfies Remote<DeploymentStore>,
  };
  return around;
}

test('what was saved when the store went away is asked for again', async () => {
  const around = fickle();
  const kept = new KeptDeployments(around.store, undefined, silentLogger);
  await expect(kept.save(DEPLOYMENT)).rejects.toMatchObject({ name: 'DATABASE_UNAVAILABLE' });
  expect(kept.isStale).toBe(true);
  around.isAway = false;
  expect((await kept.follow()).map(({ name }) => name)).toEqual(['iris']);
  expect(kept.isStale).toBe(false);
});

test('a list that somebody else was told brings nobody who serves it up to date', async () => {
  const around = fickle();
  const kept = new KeptDeployments(around.store, undefined, silentLogger);
  await kept.save(DEPLOYMENT).catch(() => {});
  around.isAway = false;
  expect(await kept.list()).toHaveLength(1);
  expect(kept.isStale).toBe(true);
  await kept.follow();
  expect(kept.isStale).toBe(false);
});

test('a list that was asked for before the store went away is not the newest', async () => {
  const around = fickle();
  const kept = new KeptDeployments(around.store, undefined, silentLogger);
  const early = kept.follow();
  await kept.save(DEPLOYMENT).catch(() => {});
  await early;
  expect(kept.isStale).toBe(true);
});
