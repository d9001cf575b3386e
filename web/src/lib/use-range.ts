import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { isoTime, rangeSearch, type TimeRange, timeRange, type Window } from './time-range.ts';

/** The time range of the page, from its URL. */
export function useRange(): TimeRange {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const { range, from, to } = rangeSearch(search);
  return useMemo(() => timeRange({ range, from, to }), [range, from, to]);
}

/** Goes to another range on the same page; back returns to the one before. */
export function useSetRange(): (search: Record<string, unknown>) => void {
  const navigate = useNavigate();
  return (next) => {
    const { range, from, to } = rangeSearch(next);
    void navigate({ to: '.', search: (before: Record<string, unknown>) => ({ ...before, range, from, to }) as never });
  };
}

/** What a drag over a chart does. */
export function useZoom(): (window: Window) => void {
  const setRange = useSetRange();
  return ({ fromMs, toMs }) => setRange({ from: isoTime(fromMs), to: isoTime(Math.max(toMs, fromMs + 1000)) });
}
