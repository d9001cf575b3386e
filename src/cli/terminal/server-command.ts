import { Command, InvalidArgumentError, Option } from 'commander';
import { asCliError, CliError, Client } from './client.ts';
import { Output } from './output.ts';

const DEFAULT_URL = 'http://127.0.0.1:8000';

/** What every command that talks to a server has at hand. */
export interface Session {
  readonly client: Client;
  readonly out: Output;
}

/** A command with --url, --json and an example in its help. */
export function serverCommand(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option('--url <url>', 'address of the server').env('TRAINYARD_URL').default(DEFAULT_URL))
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', exampleText(examples));
}

/** A command that only holds others. */
export function commandGroup(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name).description(description).addHelpText('after', exampleText(examples));
}

const exampleText = (examples: readonly string[]): string =>
  `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((line) => `  ${line}`).join('\n')}`;

/** Wraps a command's work: opens the session, and turns failures into a sentence on standard error and an exit code. */
export function action<A extends readonly unknown[]>(
  work: (session: Session, options: Readonly<Record<string, unknown>>, ...args: A) => Promise<void>,
) {
  return async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command;
    const options = command.opts<Record<string, unknown>>();
    const args = received.slice(0, -2) as unknown as A;
    const out = new Output(options['json'] === true);
    try {
      const url = String(options['url'] ?? DEFAULT_URL);
      if (!/^https?:$/u.test(URL.parse(url)?.protocol ?? ''))
        throw new CliError(`'${url}' is no address of a server: it begins with http:// or https://.`, {
          exitCode: 2,
          hint: 'Set --url or TRAINYARD_URL.',
        });
      const client = new Client({ url, token: process.env['TRAINYARD_TOKEN'] });
      await work({ client, out }, options, ...args);
    } catch (thrown) {
      const error = asCliError(thrown);
      out.fail(error);
      process.exitCode = error instanceof CliError ? error.exitCode : 1;
    }
  };
}

/** A whole number within limits, for commander's argument parsers. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}.`);
  };
}

/** A number within limits, for commander's argument parsers. */
export function decimal(least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least}${most === Number.POSITIVE_INFINITY ? '' : ` to ${most}`}.`);
  };
}

/** Collects an option that may be repeated or hold a list with commas. */
export function list(text: string, before: readonly string[] = []): string[] {
  return [
    ...before,
    ...text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ];
}
