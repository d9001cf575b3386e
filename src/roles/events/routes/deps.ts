import type { Clock } from '#kernel/clock.ts';
import type { Analytics } from '#ports/analytics.ts';
import type { TrackingApi } from '../../tracking/api.ts';

/** What the routes over the index are given. */
export interface IndexDeps {
  readonly analytics: Analytics;
  readonly tracking: Pick<TrackingApi, 'getRun'>;
  readonly indexed: (timeoutMs: number) => Promise<boolean>;
  readonly clock: Clock;
}
