import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { startUpstreamMlflow } from '#test/harness/upstream-mlflow.ts';

type Outcome = readonly (number | string)[] | string;

interface Compared {
  readonly search: string;
  readonly mlflow: Outcome;
  readonly ours: Outcome;
}

/** Where we answer differently on purpose, and why. */
const chosen: Readonly<Record<string, string>> = {
  'runs:  ': 'blanks are no filter',
  "traces: text ILIKE '%CLAUDE%'": 'upstream takes the bare word for one of SQL',
  "value {'intValue': '9223372036854775807'}": 'no count of tokens is beyond 2^53',
  "value {'boolValue': False}": 'neither true nor false is a count of tokens',
  "traces: issue.name = 'x'": 'a key that there is not is a mistake that is told',
  "runs: params.odd-key.x = 'plain'": 'a dash in a key cannot be misunderstood',
  "runs: params.lr IN ('0.1', 'Big')": 'IN works on every text',
  "runs: metrics.rmse < 0.5 OR params.lr = 'Big'": 'OR is an extension',
  'runs: (metrics.rmse < 0.5)': 'parentheses are an extension',
  "runs: tags.n = 'a' AND": 'half a condition is a mistake that is told, not passed over',
  "runs: AND tags.n = 'a'": 'half a condition is a mistake that is told, not passed over',
  'runs by metrics.rmse, metrics.rmse DESC': 'a caller’s mistake is a 400, never a 500',
  'runs by start_time, start_time': 'a caller’s mistake is a 400, never a 500',
  "experiments: name LIKE 'o%' OR name = 'x' by None": 'OR is an extension',
  "models: name = 'a' OR name = 'b' by None": 'OR is an extension',
  "models:  by ['creation_timestamp']": 'the time of creation sorts too',
  "versions: name = 'x' or name = 'y' by None": 'OR is an extension',
  "versions: version = 1 by ['name']": '`version` means version_number',
  "logged models: status = 'READY' by None": 'upstream compares the word with the number that it stores and finds none',
  "logged models: name = 'x' OR name = 'y' by None": 'OR is an extension',
};

/** The one that is compared with keeps its rows in SQLite, which knows upper case of ASCII only. */
const chosenOnPostgres: Readonly<Record<string, string>> = {
  ...chosen,
  "runs: tags.`odd key` ILIKE 'ä'": 'Postgres knows the case of all letters, with MLflow as with us',
};

const ROLES = ['--target', 'tracking,registry,artifacts'];

async function compare(args: readonly string[], exceptions: Readonly<Record<string, string>>): Promise<void> {
  await using upstream = await startUpstreamMlflow();
  await using product = await startProduct({ args: [...ROLES, ...args] });
  const script = new URL('./python/mlflow_searches.py', import.meta.url);
  const { code, stdout, logs } = await runPython(script, [upstream.url, product.url], { MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: 'true' });
  expect(code, logs).toBe(0);
  const compared = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Compared[];
  expect(compared.length).toBeGreaterThan(200);
  const different = compared.filter(({ mlflow, ours }) => JSON.stringify(mlflow) !== JSON.stringify(ours));
  expect(different.filter(({ search }) => !(search in exceptions))).toEqual([]);
  expect(different.map(({ search }) => search).sort(), 'an exception that is none any more').toEqual(Object.keys(exceptions).sort());
}

describeWith('python', 'the same data in a real MLflow server and in ours', () => {
  test('is found by the same searches in the same order', { timeout: 240_000 }, () => compare([], chosen));

  describeWith('postgres', 'on Postgres', () => {
    test('is found by the same searches in the same order', { timeout: 240_000 }, async () => {
      await using database = await freshDatabase();
      await compare(['--backend-store-uri', database.url], chosenOnPostgres);
    });
  });
});
