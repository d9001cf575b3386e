import pino from 'pino';
import type { LogFields, Logger } from '#kernel/logger.ts';
import type { CoreConfig } from './config/core.ts';

/** JSON lines on standard error; readable lines on a terminal. Standard output stays free for answers. */
export function openLogger(config: CoreConfig['log']): Logger {
  const pretty = config.format === 'pretty' || (config.format === 'auto' && process.stderr.isTTY);
  const destination = pretty
    ? { write: (line: string) => void process.stderr.write(readable(line)) }
    : pino.destination({ dest: 2, sync: true });
  const base = pino(
    { level: config.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  );
  return wrap(base);
}

function wrap(log: pino.Logger): Logger {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    child: (fields) => wrap(log.child(fields)),
  };
}

function readable(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: string; time: string; msg: string } & LogFields;
  const data = Object.entries(fields).map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`);
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${msg}${data.length > 0 ? `  ${data.join(' ')}` : ''}\n`;
}
