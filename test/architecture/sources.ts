import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** `type`: erased; `value`: loaded with the file; `lazy`: import() ; `url`: the entry file of a worker or child. */
  readonly kind: 'type' | 'value' | 'lazy' | 'url';
  /** Path from the root of the repository if it is a file of ours, else undefined. */
  readonly target: string | undefined;
}

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` with comments blanked out (lines kept). */
  readonly code: string;
  readonly lines: number;
  readonly isTest: boolean;
  readonly imports: readonly Import[];
}

export interface Problem {
  readonly at: string;
  readonly rule: string;
  readonly mend: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

function* walk(folder: string): Generator<string> {
  if (!existsSync(join(root, folder))) return;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && !['node_modules', 'dist', 'generated', 'fixtures'].includes(entry.name)) yield* walk(path);
    if (entry.isFile() && /\.tsx?$/u.test(entry.name)) yield path;
  }
}

/** All TypeScript of the repository. A contract suite and what lies under test/ count as tests. */
export function readSources(): readonly Source[] {
  const paths = ['src', 'test', 'scripts', 'bench', 'examples', 'web'].flatMap((folder) => [...walk(folder)]);
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const code = withoutComments(text);
    const isTest = /\.(test|contract)\.tsx?$/u.test(path) || path.startsWith('test/');
    return { path, text, code, lines: text.split('\n').length - 1, isTest, imports: importsOf(path, code) };
  });
}

/** A scanner, not a parser: strings and template texts are left alone, regular expressions are not understood. */
export function withoutComments(text: string): string {
  const pattern = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/gu;
  return text.replace(pattern, (found) => (found.startsWith('/') ? found.replace(/[^\n]/gu, ' ') : found));
}

const forms: readonly { readonly kind: Import['kind']; readonly pattern: RegExp }[] = [
  { kind: 'type', pattern: /^[ \t]*(?:import|export)\s+type\s[\w\s{},*$]*?from\s*['"]([^'"]+)['"]/gmu },
  { kind: 'type', pattern: /typeof\s+import\(\s*['"]([^'"]+)['"]/gu },
  { kind: 'value', pattern: /^[ \t]*(?:import|export)\s+(?!type\s)(?:[\w\s{},*$]*?from\s*)?['"]([^'"]+)['"]/gmu },
  { kind: 'lazy', pattern: /(?<!typeof\s+)\bimport\(\s*['"]([^'"]+)['"]/gu },
  { kind: 'url', pattern: /new URL\(\s*['"](\.[^'"]+\.ts)['"]\s*,\s*import\.meta\.url/gu },
];

export function importsOf(path: string, code: string): Import[] {
  return forms.flatMap(({ kind, pattern }) =>
    [...code.matchAll(pattern)].map((match) => {
      const specifier = match[1] ?? '';
      const line = code.slice(0, match.index).split('\n').length;
      return { kind, specifier, line, target: resolve(path, specifier) };
    }),
  );
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('@/')) return `web/src/${specifier.slice(2)}`;
  if (specifier.startsWith('#test/')) return specifier.slice(1);
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier));
  return undefined;
}

/** The package that a bare specifier belongs to (`@scope/name`, `name`, `node:fs`), undefined for our own files. */
export function packageOf({ specifier, target }: Import): string | undefined {
  if (target !== undefined) return undefined;
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
