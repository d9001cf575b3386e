import { KnownError } from '#kernel/errors.ts';
import { collectWhenIdle, keepThreadsSmall } from '#kernel/heap.ts';
import { nextSteps } from './next-steps.ts';
import { FLAG_HELP, readFlags } from './start-flags.ts';

const HELP = `Usage: trainyard start [flags]

Starts the platform and prints \`ready http://HOST:PORT\` on standard output once it serves.

${FLAG_HELP}

Example: trainyard start --data ./data --port 9000 --examples
Every key can also be set by environment, for example TRAINYARD__HTTP__PORT=9000; docs/reference/config.md lists them.
`;

/** Failures that only a change of the command line or the configuration mends. */
const MISTAKES: ReadonlySet<string> = new Set(['CONFIG_INVALID', 'TARGET_UNKNOWN']);

/** `trainyard start`: runs until SIGTERM or SIGINT. Exit code 2 for a mistake in flags or configuration, 1 when it could not start. */
export async function start(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) return void process.stdout.write(HELP);
  // Slow reads of artifacts and logs must not queue behind each other in four threads; the pool reads this at its first use, which is later.
  process.env['UV_THREADPOOL_SIZE'] ??= '8';
  const { settings, file, problems } = readFlags(argv);
  if (problems.length > 0) return leave(problems.join('\n'), 2);
  keepThreadsSmall();
  const { prepareDatabase } = await import('#app/prepare.ts');
  const databaseThread = prepareDatabase(argv, process.env);
  try {
    const [{ roles }, { loadConfig }, { openLogger }, { boot }, { threadsGiveWay }] = await Promise.all([
      import('#app/roles.ts'),
      import('#app/config/load.ts'),
      import('#app/logger.ts'),
      import('#app/boot.ts'),
      import('#app/system/background-threads.ts'),
    ]);
    const ignored: Record<string, string>[] = [];
    const warn = (variable: string, reason: string): void => void ignored.push({ variable, reason });
    const config = await loadConfig(roles, { flags: settings, file: file ?? process.env['TRAINYARD_CONFIG'], warn });
    const logger = openLogger(config.core.log);
    for (const one of ignored) logger.warn(one, 'an environment variable is ignored');
    const platform = await boot({ config, roles, logger, databaseThread });
    process.stdout.write(`ready ${platform.url}\n`);
    if (process.stdout.isTTY) process.stdout.write(`${nextSteps(platform.url, process.env['npm_lifecycle_event'] !== undefined)}\n`);
    // With this durability predictions themselves wait for the pool: it syncs their events.
    threadsGiveWay(config.core.event_log.durability === 'disk');
    collectWhenIdle();
    const { restartWorkers } = platform;
    if (restartWorkers)
      process.on('SIGHUP', () => {
        logger.info({}, 'replacing the workers');
        restartWorkers();
      });
    stopOnSignals(async () => {
      logger.info({}, 'stopping');
      await platform.stop();
    });
  } catch (error) {
    const known = error instanceof KnownError;
    leave(
      known ? `${error.message}${error.spec.hint === undefined ? '' : `\n${error.spec.hint}`}` : String((error as Error).stack ?? error),
      known && MISTAKES.has(error.spec.code) ? 2 : 1,
    );
  }
}

/** A first signal stops in order; a later one ends at once. npm repeats a Ctrl-C, so what comes within a second is the same one. */
function stopOnSignals(stop: () => Promise<void>): void {
  let since: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (since !== undefined) {
      if (performance.now() - since > 1000) process.exit(signal === 'SIGINT' ? 130 : 143);
      return;
    }
    since = performance.now();
    void stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function leave(message: string, code: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
  // Threads and timers of a half-started platform must not hold the process.
  setImmediate(() => process.exit(code));
}
