import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Name that libuv gives the threads of its pool. */
const POOL_THREAD = 'libuv-worker';
const NICE = 10;

/**
 * Lets the pool's threads give way to the loop that answers: queries of the index run in them, whatever thread asked. Told to each by its id, because they
 * exist already, and a process that lowered itself to make them might not rise again. Elsewhere than on Linux nothing happens.
 */
export function poolGivesWay(): void {
  if (process.platform !== 'linux') return;
  for (const id of readdirSync('/proc/self/task')) {
    try {
      if (readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === POOL_THREAD) setPriority(Number(id), NICE);
    } catch {
      // The thread has ended, or it is not allowed here: a hint, never a condition.
    }
  }
}
