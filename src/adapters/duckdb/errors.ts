import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  cursorInvalid: {
    code: 'ANALYTICS_CURSOR_INVALID',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: () => 'The cursor is not one that this server gave. Leave it out to begin with the newest prediction.',
  } satisfies ErrorSpec<Record<never, never>>,
  timeout: {
    code: 'ANALYTICS_TIMEOUT',
    status: 504,
    message: ({ seconds }) => `The query took longer than ${seconds} s and was stopped. Ask for a shorter time range or fewer groups.`,
  } satisfies ErrorSpec<{ seconds: number }>,
  newer: {
    code: 'ANALYTICS_NEWER',
    status: 500,
    message: ({ path, found, known }) =>
      `The prediction index ${path} has format ${found}, this program knows up to ${known}. Start the newer Trainyard that wrote it, or move the file away: it is built again from the event log.`,
  } satisfies ErrorSpec<{ path: string; found: string; known: number }>,
  unopenable: {
    code: 'ANALYTICS_UNOPENABLE',
    status: 500,
    message: ({ path, reason }) =>
      `The prediction index ${path} cannot be opened (${reason}). If no other process uses it, move the file away: it is built again from the event log.`,
  } satisfies ErrorSpec<{ path: string; reason: string }>,
  full: {
    code: 'ANALYTICS_FULL',
    status: 503,
    message: ({ reason }) => `The prediction index cannot be written (${reason}). Free disk space; indexing goes on by itself.`,
  } satisfies ErrorSpec<{ reason: string }>,
  chunkInvalid: {
    code: 'ANALYTICS_CHUNK_INVALID',
    status: 500,
    message: ({ reason }) => `A chunk of the event log cannot be indexed: ${reason}.`,
  } satisfies ErrorSpec<{ reason: string }>,
  workerGone: {
    code: 'DUCKDB_WORKER_GONE',
    status: 503,
    message: ({ worker, reason }) =>
      `The ${worker} worker is not running (${reason}). Restart Trainyard; the event log keeps everything until then.`,
  } satisfies ErrorSpec<{ worker: string; reason: string }>,
  tableNotFound: {
    code: 'TABLE_NOT_FOUND',
    status: 404,
    mlflow: 'RESOURCE_DOES_NOT_EXIST',
    message: ({ path }) => `There is no data file ${path}. Check the path; it is read on the machine that Trainyard runs on.`,
  } satisfies ErrorSpec<{ path: string }>,
  tableUnreadable: {
    code: 'TABLE_UNREADABLE',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ path, reason }) => `The data file ${path} cannot be read: ${reason}.`,
  } satisfies ErrorSpec<{ path: string; reason: string }>,
});
