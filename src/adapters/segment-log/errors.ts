import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  full: {
    code: 'EVENT_LOG_FULL',
    status: 503,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: ({ dir, reason }) =>
      `The event log in ${dir} cannot take more events (${reason}), so nothing was accepted. Free disk space or move the data folder; it goes on by itself.`,
    hint: 'trainyard config print shows the data folder and the retention of the event log.',
  } satisfies ErrorSpec<{ dir: string; reason: string }>,
  gap: {
    code: 'EVENT_LOG_GAP',
    status: 410,
    message: ({ from, tail }) =>
      `Events from ${from} on were asked for, but retention already removed everything before ${tail}. Start again at ${tail}.`,
  } satisfies ErrorSpec<{ from: number; tail: number }>,
  ahead: {
    code: 'EVENT_LOG_AHEAD',
    status: 409,
    message: ({ from, head }) =>
      `Events from ${from} on were asked for, but the log ends at ${head}: it was restored from an older copy, or lost its end. Rebuild this sink from the log.`,
  } satisfies ErrorSpec<{ from: number; head: number }>,
  damaged: {
    code: 'EVENT_LOG_DAMAGED',
    status: 500,
    message: ({ file, reason }) =>
      `The event log file ${file} is damaged: ${reason}. Restore the file from a backup, or move it and all older files of the folder away, then start again.`,
  } satisfies ErrorSpec<{ file: string; reason: string }>,
  newer: {
    code: 'EVENT_LOG_NEWER',
    status: 500,
    message: ({ dir, version }) =>
      `The event log in ${dir} has format ${version}, which a newer Trainyard wrote. Start that version or a newer one.`,
  } satisfies ErrorSpec<{ dir: string; version: number }>,
  closed: {
    code: 'EVENT_LOG_CLOSED',
    status: 503,
    message: ({ dir }) => `The event log in ${dir} is closed because the process is stopping. Send the request again.`,
  } satisfies ErrorSpec<{ dir: string }>,
});

/** Failures of a write that pass once the disk is put right. */
const WRITE_FAILURES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS']);

export function writeFailure(error: unknown, dir: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code;
  return code !== undefined && WRITE_FAILURES.has(code) ? fail.full({ dir, reason: code }, error) : error;
}
