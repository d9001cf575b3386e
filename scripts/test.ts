import { closingLine, runStaticChecks, staticChecks, sum } from './checks/static-checks.ts';
import { runSuites } from './checks/suites.ts';
import { services } from './services/catalogue.ts';
import { withLock } from './services/system.ts';

const usage = `The whole suite, as CI runs it: types, lint, unused code, generated docs, then every test.

  npm test                       everything
  npm test -- --install          install missing services first (apt needs root)
  npm test -- src/stats          only test files whose path contains this, without the static checks
  npm test -- -t 'a sentence'    only tests with this in their name

Servers that are installed are started and left running (npm run services -- stop ends them).`;

/** Starts what is installed; a server that does not come up is told here and then fails or skips in its tests. */
async function startServices(install: boolean): Promise<void> {
  for (const service of services) {
    await withLock(service.name, async () => {
      if (install && service.installed() === null) await service.install();
      if (service.installed() !== null) await service.start?.();
    }).catch((error: Error) => console.error(`${service.name}: ${error.message}`));
  }
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(usage);
} else {
  const rest = args.filter((arg) => arg !== '--install');
  await startServices(args.includes('--install'));
  const outcome = sum([...(rest.length === 0 ? [await runStaticChecks(staticChecks())] : []), await runSuites(rest)]);
  process.exitCode = outcome.failed > 0 ? 1 : 0;
  // Stray timers or sockets of a test must not keep the run open, nor write after the closing line.
  process.stdout.write(`${closingLine(outcome)}\n`, () => process.exit());
}
