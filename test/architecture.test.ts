import { describe, expect, test } from 'vitest';
import { bannedText, nameProblems, roleProblems, sizeProblems } from './architecture/form.ts';
import { cycleProblems, importProblems, pageImportProblems } from './architecture/layers.ts';
import { importsOf, type Problem, readSources, type Source, withoutComments } from './architecture/sources.ts';

const sources = readSources();

function expectNone(problems: readonly Problem[]): void {
  if (problems.length > 0) expect.fail(problems.map(({ at, rule, mend }) => `${at}\n  ${rule} → ${mend}`).join('\n'));
}

describe('the architecture', () => {
  test('a layer imports only what its row of the table allows, and a library stays in its place', () =>
    expectNone(importProblems(sources)));
  test('the pages keep their order and know only the contract', () => expectNone(pageImportProblems(sources)));
  test('no files import each other in a circle', () => expectNone(cycleProblems(sources)));
  test('files are named after what they hold', () => expectNone(nameProblems(sources)));
  test('files and folders stay small', () => expectNone(sizeProblems(sources)));
  test('nothing reads the environment, silences the compiler or skips a test', () => expectNone(bannedText(sources)));
  test('every role is listed in the composition root', () => expectNone(roleProblems(sources)));
});

/** A pretended file, read as the real ones are. */
function pretend(path: string, text: string): Source {
  const code = withoutComments(text);
  return { path, text, code, lines: text.split('\n').length, isTest: path.includes('.test.'), imports: importsOf(path, code) };
}

const rules = (problems: readonly Problem[]): string[] => problems.map(({ at, rule }) => `${at} ${rule}`);

describe('the rules themselves', () => {
  test('see every kind of import, on several lines too, but not those in comments', () => {
    const text = [
      "import type { A } from '#kernel/a.ts';",
      'import {\n  b,\n  type C,\n} from "./b.ts";',
      "// import x from './x.ts';",
      "const lazy = await import('#adapters/fs/blobs.ts');",
      "new Worker(new URL('./worker.ts', import.meta.url));",
      "type T = typeof import('pg');",
    ].join('\n');
    const seen = pretend('src/roles/x/start.ts', text).imports.map(({ kind, specifier }) => `${kind} ${specifier}`);
    expect(seen.sort()).toEqual(['lazy #adapters/fs/blobs.ts', 'type #kernel/a.ts', 'type pg', 'url ./worker.ts', 'value ./b.ts']);
  });

  test.each([
    ['a role that knows an adapter', 'src/roles/x/start.ts', "import { f } from '#adapters/fs/blobs.ts';"],
    ['a role that loads an adapter lazily', 'src/roles/x/start.ts', "await import('#adapters/fs/blobs.ts');"],
    ['a role that knows the inside of another', 'src/roles/x/start.ts', "import type { S } from '#roles/y/store.ts';"],
    ['a role that loads the code of another', 'src/roles/x/start.ts', "import { api } from '#roles/y/api.ts';"],
    ['an adapter that knows another', 'src/adapters/s3/blobs.ts', "import { f } from '../fs/blobs.ts';"],
    ['a worker file outside its unit', 'src/roles/x/start.ts', "new URL('../y/worker.ts', import.meta.url);"],
    ['a vendor library outside its adapter', 'src/roles/x/store.ts', "import { Client } from 'pg';"],
    ['a library without a place', 'src/app/boot.ts', "import _ from 'lodash';"],
    ['I/O in pure code', 'src/stats/psi.ts', "import { readFileSync } from 'node:fs';"],
    ['the composition root below itself', 'src/http/server.ts', "import { boot } from '#app/boot.ts';"],
  ])('refuse %s', (_what, path, text) => {
    expect(importProblems([pretend(path, text)])).toHaveLength(1);
  });

  test('allow what the table allows', () => {
    const text =
      "import type { Api } from '#roles/y/api.ts';\nimport { fail } from '../errors.ts';\nimport { z } from 'zod';\nimport 'node:crypto';";
    expect(importProblems([pretend('src/roles/x/routes/get.ts', text)])).toEqual([]);
  });

  test('find a circle of three, and let types go round', () => {
    const circle = [
      pretend('src/a/a.ts', "import { b } from './b.ts';"),
      pretend('src/a/b.ts', "import { c } from './c.ts';"),
      pretend('src/a/c.ts', "import { a } from './a.ts';\nimport type { B } from './b.ts';"),
    ];
    expect(rules(cycleProblems(circle))).toEqual(['src/a/a.ts import cycle src/a/a.ts → src/a/b.ts → src/a/c.ts → src/a/a.ts']);
    expect(cycleProblems(circle.slice(1))).toEqual([]);
  });

  test('keep features of the pages apart', () => {
    const feature = pretend('web/src/features/alerts/page.tsx', "import { a } from '../models/a.ts';\nimport { b } from '../../lib/b.ts';");
    expect(rules(pageImportProblems([feature]))).toEqual(["web/src/features/alerts/page.tsx:1 imports '../models/a.ts'"]);
  });

  test('name the line of what is banned', () => {
    const text = 'const home = process.env.HOME;\nconst x = y as any;\n// process.env is fine in a comment\n// TODO: later';
    expect(rules(bannedText([pretend('src/roles/x/start.ts', text)]))).toEqual([
      'src/roles/x/start.ts:1 process.env',
      'src/roles/x/start.ts:2 any',
      'src/roles/x/start.ts:4 unfinished work',
    ]);
  });
});
