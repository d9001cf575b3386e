// The command `trainyard`. `start` has its own path: it must not load what the other commands need.
const [command, ...rest] = process.argv.slice(2);

if (command === 'start') {
  const { start } = await import('#cli/start.ts');
  await start(rest);
} else if (command === 'config') {
  const { config } = await import('#cli/config.ts');
  await config(rest);
} else {
  const { buildProgram } = await import('#cli/program.ts');
  await buildProgram().parseAsync(process.argv);
}
