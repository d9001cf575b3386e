import type { EventLog, LogRefusal } from '#ports/event-log.ts';
import type { Component } from '#roles/define-role.ts';

/** "1 segment, 2.2 MB, durability os"; while it refuses also since when and why. */
export function logComponent(log: EventLog): Component {
  const { segments, bytes, refusal } = log.stats();
  const size = `${segments} ${segments === 1 ? 'segment' : 'segments'}, ${inUnits(bytes)}, durability ${log.durability}`;
  const about = { name: 'event log', kind: 'event-log' };
  if (!refusal) return { ...about, state: 'ok', detail: size };
  return {
    ...about,
    state: 'down',
    detail: `takes no events since ${told(refusal)}: predictions are refused until the disk has space again; ${size}`,
  };
}

/** Without a log no prediction is answered. */
export function unreadyLog(log: EventLog): string[] {
  const { refusal } = log.stats();
  return refusal && log.durability !== 'none' ? [`the event log takes no events since ${told(refusal)}, so predictions are refused`] : [];
}

function told({ sinceMs, reason }: LogRefusal): string {
  return `${new Date(sinceMs).toISOString()} (${REASONS[reason] ?? reason})`;
}

/** What people call the failures of a write (errno(3)). */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'ENOSPC: the disk is full',
  EDQUOT: 'EDQUOT: the disk quota is used up',
  EROFS: 'EROFS: the file system is read-only',
  EIO: 'EIO: the disk fails',
};

function inUnits(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
