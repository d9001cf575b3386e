import { EVENT_TYPES } from '#contract/events.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { HistoryEntry } from './store.ts';

/** Puts changes of deployments on the event log. */
export function announcer(log: EventLog, logger: Logger): (entry: HistoryEntry) => void {
  return (entry) => {
    Promise.resolve(log.append([deploymentEvent(entry)])).catch((error) =>
      logger.error({ error: String(error) }, 'a deployment event was not written'),
    );
  };
}

function deploymentEvent({ deployment, atMs, action, by, reason, from, to, model }: HistoryEntry): Buffer {
  const data = {
    deployment,
    action,
    by,
    reason,
    model_name: model,
    ...(from === null ? {} : { from_version: from }),
    ...(to === null ? {} : { to_version: to }),
  };
  const event = {
    specversion: '1.0',
    id: timeOrderedId(atMs),
    source: `/deployments/${encodeURIComponent(deployment)}`,
    type: EVENT_TYPES.deployment,
    time: new Date(atMs).toISOString(),
    data,
  };
  return Buffer.from(JSON.stringify(event));
}
