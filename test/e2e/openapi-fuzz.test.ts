import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWith, requireService } from '#test/harness/available.ts';
import { plainEnv, startChild } from '#test/harness/child.ts';
import { startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';

/** Requests per operation; TRAINYARD_FUZZ_EXAMPLES says how many instead, and adds those that take each bound of the description to its edge. */
const EXAMPLES = process.env.TRAINYARD_FUZZ_EXAMPLES;
/** The suite makes the same requests each time, so that a failure is of the change; longer runs look for new ones. */
const SEED = EXAMPLES === undefined ? ['--seed', '1'] : [];
/**
 * Rightly answered with 5xx: presigned URLs of a store that has none (501, as MLflow says it), and a model that was unloaded (503), as everything would
 * be that comes after the call that unloads.
 */
const LEFT_OUT = '/presigned/|/unload$';

interface Report {
  readonly operations: { readonly selected: number; readonly tested: number };
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
  readonly test_cases: { readonly generated: number };
}

describeWith('schemathesis', 'every operation of /openapi.json', () => {
  test('answers whatever schemathesis makes of its description, never with a failure of the server', { timeout: 1_200_000 }, async () => {
    const { TRAINYARD_SCHEMATHESIS: program = '' } = await requireService('schemathesis');
    await using product = await startProduct({ args: ['--examples'], env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
    await waitFor('both examples', async () => (await fetch(`${product.url}/readyz`)).status === 200, 110_000);
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-test-schemathesis-'));
    const phases = EXAMPLES === undefined ? 'examples,fuzzing' : 'examples,coverage,fuzzing';
    const args = [
      ...[
        'run',
        `${product.url}/openapi.json`,
        '--exclude-path-regex',
        LEFT_OUT,
        '--checks',
        'not_a_server_error',
        '--phases',
        phases,
        ...SEED,
      ],
      ...[
        '--max-examples',
        EXAMPLES ?? '3',
        '--workers',
        '2',
        '--request-timeout',
        '60',
        '--continue-on-failure',
        '--no-shrink',
        '--no-color',
      ],
      ...['--suppress-health-check', 'all', '--warnings', 'off', '--report', 'json', '--report-json-path', join(folder, 'report.json')],
    ];
    const child = startChild(program, args, { cwd: folder, env: { ...plainEnv(), DO_NOT_TRACK: 'true' } });
    await child.ended;
    const text = await readFile(join(folder, 'report.json'), 'utf8').catch(() => child.logs());
    await rm(folder, { recursive: true, force: true });
    const { failures, operations, test_cases } = JSON.parse(text) as Report;
    process.stderr.write(
      `schemathesis: ${test_cases.generated} requests to ${operations.tested} operations, seed ${/"seed":\s*(\d+)/u.exec(text)?.[1]}\n`,
    );
    expect(failures, `${child.logs().slice(-8000)}\n${product.logs().split('\n').filter(isFailure).join('\n')}`).toEqual([]);
    expect(operations.tested).toBeGreaterThan(150);
    expect(test_cases.generated).toBeGreaterThan(operations.tested);
    expect((await fetch(`${product.url}/livez`)).status).toBe(200);
    expect(product.logs().split('\n').filter(isFailure)).toEqual([]);
  });
});

const isFailure = (line: string): boolean => /"msg":"a (?:request|prediction) failed"|"level":"fatal"/u.test(line);
