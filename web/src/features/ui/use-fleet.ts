import { listDeployments } from '@/lib/api/deployments.ts';
import { listMonitors } from '@/lib/api/monitors.ts';
import { type Group, groupPredictions, predictionSeries, type Series } from '@/lib/api/predictions.ts';
import { useLive, useRangeQuery } from '@/lib/live.ts';
import { type Buckets, bucketsOf, byGroup } from '@/lib/series.ts';
import type { TimeRange } from '@/lib/time-range.ts';

/** Traffic of all deployments over the range: what the primaries answered. */
export interface Traffic {
  readonly figures: ReadonlyMap<string, Group>;
  readonly points: ReadonlyMap<string, Series['points']>;
  readonly buckets: Buckets;
}

const PRIMARY = { variant: 'primary' } as const;

export const useDeployments = () => useLive(['deployments'], listDeployments);

export function useTraffic(range: TimeRange) {
  return useRangeQuery(['traffic'], range, async (window, signal): Promise<Traffic> => {
    const [groups, series] = await Promise.all([
      groupPredictions(PRIMARY, { by: 'deployment', window }, signal),
      predictionSeries(PRIMARY, { by: 'deployment', window }, signal),
    ]);
    return {
      figures: new Map(groups.map((group) => [group.group, group])),
      points: byGroup(series.points),
      buckets: bucketsOf(window, series.bucketMs),
    };
  });
}

/** Quality, drift and shadow of every deployment, by its name. */
export function useMonitors(range: TimeRange) {
  return useRangeQuery(
    ['monitors'],
    range,
    async (window, signal) => new Map((await listMonitors(window, signal)).map((line) => [line.deployment, line])),
  );
}
