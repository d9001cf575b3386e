import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import type { Analytics } from '#ports/analytics.ts';
import type { EventLog } from '#ports/event-log.ts';

interface Parts {
  readonly log: EventLog;
  readonly analytics: Pick<Analytics, 'prune'>;
  readonly policy: { readonly maxAgeMs: number; readonly maxBytes: number; readonly indexMaxAgeMs: number };
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const DAY_MS = 86_400_000;

/** Removes what is too old from log and index. @param days 0 keeps for ever */
export function ageOf(days: number): number {
  return days === 0 ? Number.MAX_SAFE_INTEGER : days * DAY_MS;
}

/** Runs until the signal aborts; a failure is told and tried again at the next turn. */
export async function keepWithinLimits({ log, analytics, policy, everyMs, clock, logger, signal }: Parts): Promise<void> {
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      const now = clock.now();
      await log.retain(policy, now);
      const pruned = policy.indexMaxAgeMs > now ? 0 : await analytics.prune(now - policy.indexMaxAgeMs);
      if (pruned > 0) logger.info({ pruned }, 'old predictions left the index');
    } catch (error) {
      logger.warn({ error: String(error) }, 'retention failed; it is tried again at the next turn');
    }
  }
}
