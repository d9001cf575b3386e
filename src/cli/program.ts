import { readFileSync } from 'node:fs';
import { Command, type CommanderError } from 'commander';
import { convertCommand } from './commands/convert.ts';
import { deployCommand, promoteCommand, rollbackCommand } from './commands/deployments.ts';
import { eventsCommand } from './commands/events.ts';
import { exportCommand } from './commands/export.ts';
import { jobsCommand } from './commands/jobs.ts';
import { modelsCommand } from './commands/models.ts';
import { predictCommand } from './commands/predict.ts';
import { registerCommand } from './commands/register.ts';
import { statusCommand } from './commands/status.ts';
import { trafficCommand } from './commands/traffic.ts';
import { trainCommand } from './commands/train.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** Exit code for commands that were not understood. */
const USAGE = 2;

/** The command `trainyard` with all its sub-commands. A mistake in the arguments ends with code 2, a failure with 1. */
export function buildProgram(): Command {
  const program = new Command('trainyard')
    .description('Train, register, serve and watch models.')
    .version(version)
    // So that `promote --version 3` is not the question for the program's own version.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExample:\n  trainyard start --examples\n  trainyard traffic\n  trainyard train data.csv --target label --deploy mine',
    );
  program.addCommand(startCommand());
  program.addCommand(configCommand());
  const commands = [
    trainCommand(),
    registerCommand(),
    convertCommand(),
    deployCommand(),
    promoteCommand(),
    rollbackCommand(),
    predictCommand(),
    trafficCommand(),
    eventsCommand(),
    modelsCommand(),
    exportCommand(),
    jobsCommand(),
    statusCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  endWithUsageCode(program);
  return program;
}

/** `start` reads its own flags and loads the server only when it is asked for. */
function startCommand(): Command {
  return new Command('start')
    .description('start the platform (trainyard start --help lists its flags)')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[flags...]')
    .action(async (flags: string[]) => (await import('./start.ts')).start(flags));
}

/** `config` takes the flags of `start`. */
function configCommand(): Command {
  return new Command('config')
    .description('print or check the configuration (trainyard config --help)')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (rest: string[]) => (await import('./config.ts')).config(rest));
}

function endWithUsageCode(command: Command): void {
  command.exitOverride((error: CommanderError) => {
    process.exit(error.exitCode === 0 ? 0 : USAGE);
  });
  for (const inner of command.commands) endWithUsageCode(inner);
}
