import { basename, dirname } from 'node:path';
import type { Problem, Source } from './sources.ts';

const withoutExtension = (path: string): string => basename(path).replace(/\.tsx?$/u, '');

/** Names that say nothing, and files that only pass others on. */
export function nameProblems(sources: readonly Source[]): Problem[] {
  const empty = /^(utils?|helpers?|common|misc|manager|index)$|-(utils?|helpers?|manager)$/u;
  return sources.flatMap((source) => {
    const problems: Problem[] = [];
    if (empty.test(withoutExtension(source.path).replace(/\.test$/u, ''))) {
      problems.push({ at: source.path, rule: 'a name that says nothing', mend: 'name the file after what it holds' });
    }
    const statements = source.code.replace(/^\s*export\s+(type\s+)?(\*|\{[\w\s,]*\})(\s+as\s+\w+)?\s+from\s+['"][^'"]+['"];?/gmu, '');
    if (source.code.trim() !== '' && statements.trim() === '') {
      problems.push({ at: source.path, rule: 'a barrel', mend: 'import from the file that defines it' });
    }
    return problems;
  });
}

export function sizeProblems(sources: readonly Source[]): Problem[] {
  const long = sources.flatMap(({ path, lines, isTest }) => {
    const limit = isTest ? 600 : 400;
    return lines > limit ? [{ at: path, rule: `${lines} lines, the limit is ${limit}`, mend: 'split it by subject' }] : [];
  });
  const folders = Map.groupBy(
    sources.filter(({ path }) => !/\.test\.tsx?$/u.test(path)),
    ({ path }) => dirname(path),
  );
  const full = [...folders].flatMap(([folder, files]) =>
    files.length > 15
      ? [{ at: folder, rule: `${files.length} source files, the limit is 15`, mend: 'group them in folders by subject' }]
      : [],
  );
  return [...long, ...full];
}

interface Ban {
  readonly pattern: RegExp;
  readonly rule: string;
  readonly mend: string;
  /** Where the ban holds, and where it does not. */
  readonly where: RegExp;
  readonly except?: RegExp;
}

const tests = /\.test\.tsx?$/u;
const bans: readonly Ban[] = [
  {
    pattern: /\bprocess\.env\b/u,
    rule: 'process.env',
    mend: 'make it a config key: only src/app/config/ and src/cli read the environment',
    where: /^src\//u,
    except: /^src\/(app\/config[\w/-]*\.ts|cli\/)|\.test\.ts$/u,
  },
  {
    pattern: /\bconsole\.\w/u,
    rule: 'console',
    mend: 'take a logger; only src/cli talks to a person',
    where: /^(src|web\/src)\//u,
    except: /^src\/(app\/config[\w/-]*\.ts|cli\/)|\.test\.tsx?$/u,
  },
  {
    pattern: /\bMath\.random\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/u,
    rule: 'clock or randomness in pure code',
    mend: 'take it as an argument',
    where: /^src\/(stats|learners|onnx)\//u,
    except: tests,
  },
  { pattern: /\bas any\b|:\s*any\b(?!\w)|<any>|\bany\[\]/u, rule: 'any', mend: 'name the type, or use unknown and check it', where: /./u },
  { pattern: /\.(?:skip|only|todo)\(/u, rule: 'a test that does not run', mend: 'mend or delete it; servers: describeWith', where: tests },
  {
    pattern: /^(?:import (?!type\b).*|\} )from 'node:http'/u,
    rule: 'an import of node:http, which loads undici',
    mend: 'import from #http/direct/node-http.ts, or only types',
    where: /^src\//u,
    except: tests,
  },
  { pattern: /\bvi\.(?:mock|doMock)\(/u, rule: 'a module mock', mend: 'pass an embedded adapter or a test clock in', where: /\.tsx?$/u },
  {
    pattern: /\bsetTimeout\([^)]*,\s*\d{3,}|\bsleep\(/u,
    rule: 'a sleep in a test',
    mend: 'waitFor a condition, or use a test clock',
    where: tests,
  },
];

/** These may stand in comments only by mistake too, so they are looked for in the whole text. */
const textBans: readonly Ban[] = [
  { pattern: /@ts-(?:ignore|expect-error|nocheck)/u, rule: 'a silenced type error', mend: 'mend the type', where: /./u },
  { pattern: /\b(?:TODO|FIXME|XXX)\b/u, rule: 'unfinished work', mend: 'finish it, or describe it in an issue', where: /./u },
  {
    pattern: /(?<![\w/.])\/(?:work|root|home)\/[a-z]/u,
    rule: 'a path of one machine',
    mend: 'find it from the repository or the config',
    where: /./u,
  },
];

export function bannedText(sources: readonly Source[]): Problem[] {
  const find = (source: Source, text: string, list: readonly Ban[]): Problem[] =>
    list
      .filter(({ where, except }) => where.test(source.path) && !except?.test(source.path))
      .flatMap(({ pattern, rule, mend }) =>
        text.split('\n').flatMap((line, index) => (pattern.test(line) ? [{ at: `${source.path}:${index + 1}`, rule, mend }] : [])),
      );
  const judged = sources.filter(({ path }) => !path.startsWith('test/architecture'));
  return judged.flatMap((source) => [...find(source, source.code, bans), ...find(source, source.text, textBans)]);
}

/** A role is a folder with a role.ts and one line in src/app/roles.ts. */
export function roleProblems(sources: readonly Source[]): Problem[] {
  const list = sources.find(({ path }) => path === 'src/app/roles.ts')?.code;
  const roles = sources.flatMap(({ path }) => /^src\/roles\/([^/]+)\/role\.ts$/u.exec(path)?.[1] ?? []);
  return roles.flatMap((name) =>
    list?.includes(`#roles/${name}/role.ts`)
      ? []
      : [{ at: `src/roles/${name}/role.ts`, rule: 'a role that nothing starts', mend: 'add its line to src/app/roles.ts' }],
  );
}
