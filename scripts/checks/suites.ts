import type { TestModule, Vitest } from 'vitest/node';
import { parseCLI, startVitest } from 'vitest/node';
import type { Outcome } from './static-checks.ts';

/** Counts tests; a file that cannot be loaded and an error outside any test are one failure each. */
function count(modules: readonly TestModule[], strayErrors: number): Outcome & { readonly reasons: readonly string[] } {
  const tally = { passed: 0, failed: strayErrors, skipped: 0 };
  const reasons: string[] = [];
  for (const module of modules) {
    let failed = 0;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'failed') failed += 1;
      else if (result.state === 'passed') tally.passed += 1;
      else {
        tally.skipped += 1;
        const why = result.state === 'skipped' ? result.note : 'it never ran';
        reasons.push(`${test.fullName}: ${why ?? 'no reason given'}`);
      }
    }
    tally.failed += module.state() === 'failed' && failed === 0 ? 1 : failed;
  }
  return { ...tally, reasons };
}

/** Runs test files in this process's workers. `args` are vitest's own (paths, `-t NAME`); `options` win over them. */
export async function runSuites(args: readonly string[], options: { related?: string[] } = {}): Promise<Outcome> {
  const { filter, options: parsed } = parseCLI(['vitest', 'run', ...args]);
  const vitest: Vitest = await startVitest('test', filter, { ...parsed, ...options, run: true, watch: false, passWithNoTests: true });
  const strayErrors = vitest.state.getUnhandledErrors().length;
  const { reasons, ...outcome } = count(vitest.state.getTestModules(), strayErrors);
  await vitest.close();
  // vitest sets it for its own reasons too; the caller decides from the counts.
  process.exitCode = 0;
  if (reasons.length > 0) console.log(`Skipped:\n${reasons.map((reason) => `  ${reason}`).join('\n')}\n`);
  return outcome;
}
