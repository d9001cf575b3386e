import { useSyncExternalStore } from 'react';

/** Which clock times are shown in. */
export type Clock = 'local' | 'utc';

const listeners = new Set<() => void>();
const keys = { clock: 'trainyard.clock', paused: 'trainyard.paused', rail: 'trainyard.rail' } as const;

/** Outside of a browser there are no settings: the defaults hold. */
const stored = (key: string): string | null => (typeof localStorage === 'undefined' ? null : localStorage.getItem(key));

function write(key: string, text: string): void {
  localStorage.setItem(key, text);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const readClock = (): Clock => (stored(keys.clock) === 'utc' ? 'utc' : 'local');
export const writeClock = (clock: Clock): void => write(keys.clock, clock);

const isPaused = (): boolean => stored(keys.paused) === 'yes';
export const writePaused = (paused: boolean): void => write(keys.paused, paused ? 'yes' : 'no');

const isRailNarrow = (): boolean => stored(keys.rail) === 'narrow';
export const writeRailNarrow = (narrow: boolean): void => write(keys.rail, narrow ? 'narrow' : 'wide');

export const useClock = (): Clock => useSyncExternalStore(subscribe, readClock);
/** Whether the reader stopped the live updates. */
export const usePaused = (): boolean => useSyncExternalStore(subscribe, isPaused);
export const useRailNarrow = (): boolean => useSyncExternalStore(subscribe, isRailNarrow);
