import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from '#kernel/logger.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { Config } from '../config/load.ts';
import { keepRetained } from './retention.ts';
import { Slot } from './slot.ts';

/** Where workers have their folders. */
export function workersFolder({ core }: Config): string {
  return join(resolve(core.data), 'workers');
}

/**
 * The logs of all workers that there were and will be: one each, and one for the worker that takes over in a rolling restart. Without workers those that
 * there were, so that their events are read to the end.
 */
export function openSlots(config: Config, count: number, logger: Logger): Promise<Slot[]> {
  const folder = workersFolder(config);
  const before = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d+$/u.test(name)) : [];
  const wanted = count > 1 ? Array.from({ length: count + 1 }, (_, i) => String(i + 1)) : [];
  const parts = { config: config.core, logger: logger.child({ port: 'workerLogs' }) };
  return Promise.all([...new Set([...wanted, ...before])].map((name) => Slot.open(join(folder, name), parts)));
}

/** Removes old files of the logs that are open here, until the signal aborts. */
export function keepSlotsRetained(slots: readonly Slot[], config: Config, around: { logger: Logger; signal: AbortSignal }): Promise<void> {
  const openHere = {
    *[Symbol.iterator](): Generator<EventLog> {
      for (const { own } of slots) if (own) yield own;
    },
  };
  return keepRetained(openHere, config, around);
}
