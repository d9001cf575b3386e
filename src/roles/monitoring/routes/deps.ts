import type { Clock } from '#kernel/clock.ts';
import type { Tables } from '#ports/tables.ts';
import type { EventsApi } from '../../events/api.ts';
import type { ServingApi } from '../../serving/api.ts';
import type { Monitors } from '../monitors.ts';
import type { chooseReference } from '../reference/recount.ts';
import type { References } from '../reference/references.ts';
import type { MonitoringConfig } from '../role.ts';

/** What the routes of monitoring are given. */
export interface MonitorDeps {
  readonly monitors: Monitors;
  readonly references: References;
  readonly serving: Pick<ServingApi, 'list'>;
  readonly analytics: EventsApi['analytics'];
  readonly indexed: EventsApi['indexed'];
  readonly tables: Tables;
  readonly choose: (change: Parameters<typeof chooseReference>[1]) => ReturnType<typeof chooseReference>;
  readonly unchoose: (deployment: string) => Promise<void>;
  readonly config: MonitoringConfig;
  /** Folder for uploads in flight. */
  readonly dir: string;
  readonly clock: Clock;
}
