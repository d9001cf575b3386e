import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { listPredictions, type Prediction, type PredictionFilter, type PredictionPage } from '@/lib/api/predictions.ts';
import { EVERY } from '@/lib/live.ts';
import { usePaused } from '@/lib/settings.ts';
import type { TimeRange, Window } from '@/lib/time-range.ts';

const PAGE_SIZE = 200;

interface Cursor {
  readonly cursor: string;
  /** Later pages belong to the window of the first one. */
  readonly window: Window;
}

/**
 * Predictions newest first, a page at a time. New ones come in by themselves while one looks at the first page; once older pages are
 * loaded the list stands still, because rows that move while one reads are worse than rows that are a little old.
 */
export function usePredictions(filter: PredictionFilter, range: TimeRange) {
  const paused = usePaused();
  const queries = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ['predictions', filter, range.key],
    initialPageParam: null as Cursor | null,
    queryFn: async ({ pageParam, signal }): Promise<PredictionPage & { readonly window: Window }> => {
      const window = pageParam?.window ?? range.at(Date.now());
      return { ...(await listPredictions(filter, { window, cursor: pageParam?.cursor, limit: PAGE_SIZE }, signal)), window };
    },
    getNextPageParam: ({ next_cursor, window }) => (next_cursor === null ? null : { cursor: next_cursor, window }),
    refetchInterval: ({ state }) => (paused || !range.isLive || (state.data?.pages.length ?? 0) > 1 ? false : EVERY.normal),
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });
  const rows: readonly Prediction[] = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const isStanding = (query.data?.pages.length ?? 0) > 1;
  const reset = () => void queries.resetQueries({ queryKey: ['predictions', filter, range.key] });
  return { query, rows, toNewest: isStanding && range.isLive ? reset : undefined };
}
