import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until `probe` gives something other than undefined, null or false; what it throws counts as "not yet".
 *
 * @throws when `withinMs` have passed: names what was waited for, and why the last try failed
 */
export async function waitFor<T>(what: string, probe: () => Promise<T> | T, withinMs = 30_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  let last: unknown = 'it never came true';
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    try {
      const found = await probe();
      if (found !== undefined && found !== null && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}: ${last instanceof Error ? last.message : last}`);
    await pause(pauseMs);
  }
}
