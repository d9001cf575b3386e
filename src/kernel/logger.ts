/** Fields of a log line; the message itself is constant so that it can be searched for. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: data as fields, message constant. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

/** Says nothing; for tests and for tools whose output is their result. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
