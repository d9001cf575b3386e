import { setPriority } from 'node:os';

/**
 * Lets the calling thread, and threads that it starts from now on, give way to the loop that answers. On Linux a niceness belongs to a thread, and process 0
 * means the calling one (setpriority(2), NOTES); elsewhere there is no such thing and nothing happens: it is a hint, never a condition.
 * @param nice 0 (as before) … 19 (last)
 */
export function giveWay(nice: number): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, nice);
  } catch {
    // Not allowed here.
  }
}
