import { KnownError } from '#kernel/errors.ts';
import { FLAG_HELP, readFlags } from './start-flags.ts';

const HELP = `Usage: trainyard config print|check [--json] [flags of start]

print shows every key with the value that \`trainyard start\` would use with the same flags, environment and file; secrets are hidden.
check says whether that configuration is valid and lists every mistake. Exit code 2 where it is not.

${FLAG_HELP}

Example: trainyard config print --config trainyard.yaml
`;

/** `trainyard config print|check` */
export async function config(argv: readonly string[]): Promise<void> {
  const [verb, ...rest] = argv;
  if (verb !== 'print' && verb !== 'check') {
    const asked = verb === undefined || verb === '--help' || verb === '-h';
    (asked ? process.stdout : process.stderr).write(asked ? HELP : `config: there is no '${verb}': use print or check.\n`);
    process.exitCode = asked ? 0 : 2;
    return;
  }
  const json = rest.includes('--json');
  const { settings, file, problems } = readFlags(rest.filter((arg) => arg !== '--json'));
  if (problems.length > 0) return refuse(problems.join('\n'));
  try {
    const [{ roles }, { loadConfig }, { configLines }] = await Promise.all([
      import('#app/roles.ts'),
      import('#app/config/load.ts'),
      import('#app/config/print.ts'),
    ]);
    const warn = (variable: string, reason: string): void => void process.stderr.write(`${variable} is ignored: ${reason}\n`);
    const loaded = await loadConfig(roles, { flags: settings, file: file ?? process.env.TRAINYARD_CONFIG, warn });
    const lines = configLines(loaded, roles);
    if (verb === 'check') process.stdout.write(json ? '{"valid":true}\n' : 'The configuration is valid.\n');
    else if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(lines), null, 2)}\n`);
    else process.stdout.write(`${lines.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    refuse(json ? JSON.stringify({ valid: false, problems: error.params.problems }) : error.message);
  }
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
