import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { closingLine, runStaticChecks, staticChecks, sum } from './checks/static-checks.ts';
import { runSuites } from './checks/suites.ts';

const usage = `The quick check: types, lint, unused code, generated docs and the architecture rules.

  npm run check                 without running the tests
  npm run check -- --changed    and the tests that the uncommitted changes reach`;

const architecture = 'test/architecture.test.ts';

/** TypeScript files that differ from the last commit, untracked ones included. */
function changedFiles(): string[] {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
  const paths = [...git('diff', '--name-only', 'HEAD'), ...git('ls-files', '--others', '--exclude-standard')];
  return paths.filter((path) => /\.tsx?$/u.test(path) && existsSync(path));
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(usage);
} else {
  const rules = args.includes('--changed') ? runRelated : () => runSuites([architecture]);
  const outcome = sum([await runStaticChecks(staticChecks()), await rules()]);
  process.exitCode = outcome.failed > 0 ? 1 : 0;
  process.stdout.write(`${closingLine(outcome)}\n`, () => process.exit());
}

function runRelated() {
  return runSuites([], { related: [...changedFiles(), architecture] });
}
