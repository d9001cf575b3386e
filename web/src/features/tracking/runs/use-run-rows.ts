import { keepPreviousData, useInfiniteQuery, useQueries, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type RunQuery, type RunRow, searchRunRows } from '@/lib/api/tracking.ts';
import { EVERY } from '@/lib/live.ts';
import { usePaused } from '@/lib/settings.ts';

/** Big enough that one flick of the wheel does not reach its end, small enough to come in a blink. */
const PAGE_ROWS = 400;
const MOST_CHILDREN = 500;

/** A row in its place: nested runs stand below their parent. */
export interface PlacedRow {
  readonly row: RunRow;
  readonly depth: number;
}

interface RunRowsOptions {
  readonly query: RunQuery;
  readonly fields: readonly string[];
  /** Runs whose nested runs are shown. */
  readonly open: ReadonlySet<string>;
  /** False while the filter has a mistake: the server would only say so again. */
  readonly enabled: boolean;
}

/**
 * Runs a page at a time, with the nested runs of those that are open. While only the first page is here, new runs come in by themselves;
 * afterwards the list stands still.
 */
export function useRunRows({ query, fields, open, enabled }: RunRowsOptions) {
  const paused = usePaused();
  const queries = useQueryClient();
  const key = ['run-rows', query, fields];
  const rows = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => searchRunRows(query, { fields, limit: PAGE_ROWS, cursor: pageParam }, signal),
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: ({ state }) => (paused || (state.data?.pages.length ?? 0) > 1 ? false : EVERY.normal),
    refetchOnWindowFocus: false,
    enabled,
    placeholderData: keepPreviousData,
  });
  const parents = [...open];
  const nested = useQueries({
    queries: parents.map((id) => ({
      queryKey: ['nested-runs', id, query, fields],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        searchRunRows(
          { ...query, rootsOnly: false, filter: `tags.\`mlflow.parentRunId\` = '${id}'` },
          { fields, limit: MOST_CHILDREN },
          signal,
        ),
      placeholderData: keepPreviousData,
      refetchInterval: paused ? (false as const) : EVERY.slow,
    })),
    combine: (answers) => ({
      parts: answers.map(({ data }) => data?.items),
      stamp: answers.map(({ dataUpdatedAt }) => dataUpdatedAt).join(),
    }),
  });
  const { data } = rows;
  const opened = parents.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `opened` and `stamp` stand for what changes anew at every render
  const placed = useMemo(() => {
    const below = new Map(parents.map((id, i) => [id, nested.parts[i] ?? []]));
    const place = (row: RunRow, depth: number): PlacedRow[] => [
      { row, depth },
      ...(depth < 20 ? (below.get(row.run_id) ?? []) : []).flatMap((child) => place(child, depth + 1)),
    ];
    return (data?.pages ?? []).flatMap(({ items }) => items).flatMap((row) => place(row, 0));
  }, [data, opened, nested.stamp]);
  const isStanding = (data?.pages.length ?? 0) > 1;
  return { rows, placed, toNewest: isStanding ? () => void queries.resetQueries({ queryKey: key }) : undefined };
}
