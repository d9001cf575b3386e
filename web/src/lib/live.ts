import { keepPreviousData, type QueryKey, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { usePaused } from './settings.ts';
import type { TimeRange, Window } from './time-range.ts';

/** How often a page asks again, by how fast the thing changes. */
export const EVERY = { fast: 2000, normal: 4000, slow: 15_000 } as const;

interface LiveOptions {
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/**
 * Data that stays fresh: asked again every few seconds unless the page is hidden or paused, and kept on screen meanwhile.
 * A failed update keeps the old data and sets `error`.
 */
export function useLive<T>(key: QueryKey, load: (signal: AbortSignal) => Promise<T>, options: LiveOptions = {}): UseQueryResult<T, Error> {
  const paused = usePaused();
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => load(signal),
    refetchInterval: paused ? false : (options.everyMs ?? EVERY.normal),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  });
}

/** What was read, and the window that it was read for: a chart's axis must not run ahead of its data. */
export interface Windowed<T> {
  readonly data: T;
  readonly window: Window;
}

/** Live data of a time range. A range that lies in the past changes only by late labels. */
export function useRangeQuery<T>(
  key: QueryKey,
  range: TimeRange,
  load: (window: Window, signal: AbortSignal) => Promise<T>,
): UseQueryResult<Windowed<T>, Error> {
  const read = async (signal: AbortSignal): Promise<Windowed<T>> => {
    const window = range.at(Date.now());
    return { window, data: await load(window, signal) };
  };
  return useLive([...key, range.key], read, { everyMs: range.isLive ? EVERY.normal : 60_000 });
}

/** The present time, renewed every `everyMs`, for "3 min ago". */
export function useNow(everyMs = 5000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
