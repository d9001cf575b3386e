import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface StaticCheck {
  readonly name: string;
  readonly command: readonly string[];
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The checks that read the source without running it. Each counts as one test. */
export function staticChecks(): readonly StaticCheck[] {
  const bin = (name: string): string => `node_modules/.bin/${name}`;
  const checks: StaticCheck[] = [
    { name: 'types', command: [bin('tsc'), '-p', '.', '--pretty', 'false'] },
    { name: 'lint and format', command: [bin('biome'), 'ci', '--colors=off', '.'] },
    { name: 'unused code', command: [bin('knip'), '--no-progress', '--no-config-hints'] },
  ];
  if (existsSync('web/tsconfig.json')) checks.push({ name: 'types of the pages', command: [bin('tsc'), '-p', 'web', '--pretty', 'false'] });
  if (existsSync('scripts/gen.ts')) checks.push({ name: 'generated docs', command: [process.execPath, 'scripts/gen.ts', '--check'] });
  return checks;
}

async function runCheck({ name, command }: StaticCheck, say: (text: string) => void): Promise<boolean> {
  const since = performance.now();
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  say(`${code === 0 ? '✓' : '✗'} ${name} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
  if (code !== 0) say(`${output.trimEnd()}\n`);
  return code === 0;
}

/** Runs them two at a time: type checking and linting use several threads of their own. */
export async function runStaticChecks(checks: readonly StaticCheck[], say: (text: string) => void = console.log): Promise<Outcome> {
  const waiting = [...checks];
  const results: boolean[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results.push(await runCheck(next, say));
  };
  await Promise.all([worker(), worker()]);
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

export function sum(outcomes: readonly Outcome[]): Outcome {
  const add = (key: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped') };
}

/** The line that programs read; always the last one. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
