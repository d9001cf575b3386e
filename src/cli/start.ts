import type { Setting } from '#app/config/load.ts';
import { KnownError } from '#kernel/errors.ts';

interface Flag {
  readonly path: readonly string[];
  /** A second key that gets the same value. */
  readonly also?: readonly string[];
  readonly takes: 'value' | 'list' | 'nothing';
  readonly help: string;
}

/** Flags of `start`, and the config key that each one sets. */
const FLAGS: Readonly<Record<string, Flag>> = {
  '--data': { path: ['data'], takes: 'value', help: 'DIR     folder that holds everything (default ./data)' },
  '--host': {
    path: ['http', 'host'],
    takes: 'value',
    help: 'H       address to listen on (default 127.0.0.1; others need TRAINYARD_TOKEN)',
  },
  '--port': { path: ['http', 'port'], takes: 'value', help: 'N       port (default 8000; 0 picks a free one)' },
  '--target': { path: ['target'], takes: 'list', help: 'ROLES   roles to run here: all, api, worker or names, with commas' },
  '--peer': { path: ['peers'], takes: 'value', help: 'ROLE=URL where a role runs that this process does not run (may be repeated)' },
  '--config': { path: [], takes: 'value', help: 'FILE    YAML file with settings' },
  '--examples': {
    path: ['training', 'examples'],
    takes: 'nothing',
    help: '        train and deploy the two example models at the first start',
  },
  '--backend-store-uri': {
    path: ['database', 'url'],
    takes: 'value',
    help: 'URI as MLflow: sqlite:///FILE, postgresql://… or a folder',
  },
  '--default-artifact-root': {
    path: ['tracking', 'default_artifact_root'],
    also: ['artifacts', 'default_root'],
    takes: 'value',
    help: 'URI as MLflow: where new experiments keep artifacts',
  },
  '--artifacts-destination': {
    path: ['blobs', 'root'],
    takes: 'value',
    help: 'URI as MLflow: folder or s3://… behind mlflow-artifacts:/',
  },
};

const HELP = `Usage: trainyard start [flags]

Starts the platform and prints \`ready http://HOST:PORT\` on standard output once it serves.

${Object.entries(FLAGS)
  .map(([name, { help }]) => `  ${name} ${help}`)
  .join('\n')}

Example: trainyard start --data ./data --port 9000 --examples
Every key can also be set by environment, for example TRAINYARD__HTTP__PORT=9000; docs/reference/config.md lists them.
`;

/** `trainyard start`: runs until SIGTERM or SIGINT. Exit code 2 for a mistake in flags or configuration, 1 when it could not start. */
export async function start(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) return void process.stdout.write(HELP);
  // Slow reads of artifacts and logs must not queue behind each other in four threads; the pool reads this at its first use, which is later.
  process.env['UV_THREADPOOL_SIZE'] ??= '8';
  const { settings, file, problems } = readFlags(argv);
  if (problems.length > 0) return leave(problems.join('\n'), 2);
  try {
    const [{ roles }, { loadConfig }, { openLogger }, { boot }] = await Promise.all([
      import('#app/roles.ts'),
      import('#app/config/load.ts'),
      import('#app/logger.ts'),
      import('#app/boot.ts'),
    ]);
    const config = await loadConfig(roles, { flags: settings, file: file ?? process.env['TRAINYARD_CONFIG'] });
    const logger = openLogger(config.core.log);
    const platform = await boot({ config, roles, logger });
    process.stdout.write(`ready ${platform.url}\n`);
    stopOnSignals(async () => {
      logger.info({}, 'stopping');
      await platform.stop();
    });
  } catch (error) {
    const known = error instanceof KnownError;
    leave(
      known ? `${error.message}${error.spec.hint === undefined ? '' : `\n${error.spec.hint}`}` : String((error as Error).stack ?? error),
      known && error.spec.code === 'CONFIG_INVALID' ? 2 : 1,
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

function readFlags(argv: readonly string[]): { settings: Setting[]; file: string | undefined; problems: string[] } {
  const settings: Setting[] = [];
  const problems: string[] = [];
  let file: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = splitFlag(argv[i] as string);
    const flag = FLAGS[name];
    if (!flag) {
      problems.push(`start: there is no flag ${name}; \`trainyard start --help\` lists them.`);
      continue;
    }
    const value = flag.takes === 'nothing' ? 'true' : (inline ?? argv[++i]);
    if (value === undefined) problems.push(`start: ${name} needs a value.`);
    else if (name === '--config') file = value;
    else settings.push(settingOf(name, flag, value), ...(flag.also ? [{ path: flag.also, value, from: name }] : []));
  }
  return { settings, file, problems };
}

function settingOf(name: string, flag: Flag, value: string): Setting {
  if (name === '--peer') {
    const [role, url] = [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)];
    return { path: ['peers', role], value: url, from: name };
  }
  return { path: flag.path, value: flag.takes === 'list' ? value.split(',').map((v) => v.trim()) : value, from: name };
}

function splitFlag(arg: string): [string, string | undefined] {
  const at = arg.indexOf('=');
  return arg.startsWith('--') && at > 0 ? [arg.slice(0, at), arg.slice(at + 1)] : [arg, undefined];
}

function leave(message: string, code: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
  // Threads and timers of a half-started platform must not hold the process.
  setImmediate(() => process.exit(code));
}
