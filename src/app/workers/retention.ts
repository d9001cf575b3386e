import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import type { EventLog } from '#ports/event-log.ts';
import { ageOf } from '#roles/events/retention.ts';
import type { Config } from '../config/load.ts';

interface EventsSection {
  readonly max_age_days: number;
  readonly max_bytes: number;
  readonly retention_interval_ms: number;
}

/** Removes old files of a worker's logs by the policy of the `events` section, until the signal aborts. */
export async function keepRetained(
  logs: Iterable<Pick<EventLog, 'retain'>>,
  config: Config,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { max_age_days, max_bytes, retention_interval_ms } = config.roles['events'] as unknown as EventsSection;
  for (;;) {
    await pause(retention_interval_ms, signal);
    if (signal.aborted) return;
    for (const log of logs) {
      await log
        .retain({ maxAgeMs: ageOf(max_age_days), maxBytes: max_bytes }, Date.now())
        .catch((error) => logger.warn({ error: String(error) }, 'retention failed; it is tried again at the next turn'));
    }
  }
}
