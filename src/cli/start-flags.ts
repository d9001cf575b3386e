import type { Setting } from '#app/config/setting.ts';

interface Flag {
  readonly path: readonly string[];
  /** A second key that gets the same value. */
  readonly also?: readonly string[];
  readonly takes: 'value' | 'list' | 'nothing';
  readonly help: string;
}

/** Flags of `start` and `config`, and the config key that each one sets. */
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

/** One line of help per flag. */
export const FLAG_HELP = helpLines(Object.entries(FLAGS).map(([name, { help }]) => [name, help]));

/** The first word of a flag's help is what it takes. */
function helpLines(flags: readonly (readonly [string, string])[]): string {
  const lines = flags.map(([name, help]) => {
    const [, takes = '', words = ''] = /^(\S*)\s+(.*)$/u.exec(help) ?? [];
    return { usage: `${name} ${takes}`, words };
  });
  const width = Math.max(...lines.map(({ usage }) => usage.length));
  return lines.map(({ usage, words }) => `  ${usage.padEnd(width)}  ${words}`).join('\n');
}

/** What the flags of a command line set. */
export interface ReadFlags {
  readonly settings: Setting[];
  readonly file: string | undefined;
  readonly problems: string[];
}

/** Reads `--name value` and `--name=value`; unknown flags are problems, not errors. */
export function readFlags(argv: readonly string[]): ReadFlags {
  const settings: Setting[] = [];
  const problems: string[] = [];
  let file: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = splitFlag(argv[i] as string);
    const flag = FLAGS[name];
    if (!flag) {
      problems.push(`start: there is no flag ${name}; \`trainyard start --help\` lists them.`);
      // What follows is the value of the flag that was meant.
      if (name.startsWith('--') && inline === undefined && argv[i + 1]?.startsWith('-') === false) i++;
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
