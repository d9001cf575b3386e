import { type Import, type Problem, packageOf, type Source } from './sources.ts';

/** What a layer may import beside its own files. `types` are allowed for `import type` only. */
interface Layer {
  readonly may: readonly RegExp[];
  readonly types?: readonly RegExp[];
}

const from = (...layers: string[]): RegExp[] => layers.map((layer) => new RegExp(`^src/${layer}/`, 'u'));
/** Throwing a catalogued failure is the one thing that pure code shares with the rest. */
const errorWords = /^src\/kernel\/errors\.ts$/u;

/** The table of the architecture: who may import whom. */
const layers: Readonly<Record<string, Layer>> = {
  kernel: { may: [] },
  contract: { may: [] },
  stats: { may: [errorWords] },
  learners: { may: [...from('stats', 'onnx'), errorWords] },
  onnx: { may: [errorWords] },
  ports: { may: from('kernel', 'contract') },
  adapters: { may: from('kernel', 'ports', 'contract') },
  http: { may: from('kernel', 'contract'), types: from('ports') },
  roles: {
    may: [...from('kernel', 'contract', 'ports', 'stats', 'learners', 'onnx', 'http'), /^src\/roles\/define-role\.ts$/u],
    types: [/^src\/roles\/[^/]+\/api\.ts$/u],
  },
  app: { may: from('kernel', 'contract', 'stats', 'learners', 'onnx', 'ports', 'adapters', 'http', 'roles') },
  client: { may: [], types: from('contract') },
  cli: { may: from('kernel', 'contract', 'client') },
  main: { may: from('kernel', 'app', 'cli') },
};

/** Exceptions by file, each decided once. */
const extra: readonly { readonly path: RegExp; readonly may: RegExp }[] = [
  { path: /^src\/cli\/(start[\w-]*|config)\.ts$/u, may: /^src\/app\//u },
];

/** A library is known in one place; everything else names a port. */
const vendors: Readonly<Record<string, RegExp>> = {
  'onnxruntime-node': /^src\/adapters\/onnx\//u,
  '@duckdb/node-api': /^src\/adapters\/duckdb\//u,
  '@aws-sdk/client-s3': /^src\/adapters\/s3\//u,
  '@aws-sdk/s3-request-presigner': /^src\/adapters\/s3\//u,
  pg: /^src\/adapters\/postgres\//u,
  '@opentelemetry/api': /^src\/adapters\/opentelemetry\//u,
  '@opentelemetry/core': /^src\/adapters\/opentelemetry\//u,
  '@opentelemetry/exporter-trace-otlp-proto': /^src\/adapters\/opentelemetry\//u,
  '@opentelemetry/resources': /^src\/adapters\/opentelemetry\//u,
  '@opentelemetry/sdk-trace': /^src\/adapters\/opentelemetry\//u,
  'node:sqlite': /^src\/adapters\/sqlite\//u,
  kysely:
    /^src\/(ports\/([\w-]+\/)?[\w-]+\.ts$|adapters\/(sqlite|postgres)\/|roles\/[^/]+\/([\w-]+\/)?(stores?|tables|migrations)[^/]*(\/|\.ts$))/u,
  '@grpc/grpc-js': /^src\/http\/grpc\//u,
  fastify: /^src\/http\//u,
  '@fastify/static': /^src\/http\//u,
  graphql: /^src\/roles\/graphql\//u,
  'swagger-ui-dist': /^src\/http\//u,
  pino: /^src\/app\//u,
  commander: /^src\/(cli\/|main\.ts$)/u,
  yaml: /^src\/(app\/|roles\/(artifacts|registry|serving|training)\/)/u,
  zod: /^src\/(?!stats\/|learners\/|onnx\/)/u,
};

/** Node's own modules: none in pure code, none that do I/O in the kernel. */
const builtins: readonly { readonly path: RegExp; readonly never: RegExp }[] = [
  { path: /^src\/(stats|learners|onnx|contract|client)\//u, never: /^node:/u },
  { path: /^src\/kernel\//u, never: /^node:(fs|net|http|https|http2|child_process|worker_threads|dgram|dns|tls)(\/|$)/u },
];

function layerOf(path: string): string {
  return path === 'src/main.ts' ? 'main' : (path.split('/')[1] ?? '');
}

/** Files of one unit may import each other: a role, an adapter, or a whole other layer. */
function unitOf(path: string): string {
  const parts = path.split('/');
  const nested = (parts[1] === 'roles' || parts[1] === 'adapters') && parts.length > 3;
  return parts.slice(0, nested ? 3 : 2).join('/');
}

function layerProblem(source: Source, found: Import, target: string): string | undefined {
  const layer = layers[layerOf(source.path)];
  if (layer === undefined) return `src/${layerOf(source.path)} is no layer: see the table in test/architecture/layers.ts`;
  if (unitOf(source.path) === unitOf(target)) return undefined;
  if (!found.specifier.startsWith('#')) {
    const alias = target.replace(/^src\//u, '#');
    if (layerOf(source.path) !== 'main' && layerOf(source.path) !== layerOf(target)) return `across folders write '${alias}'`;
  }
  const exceptions = extra.filter(({ path }) => path.test(source.path)).map(({ may }) => may);
  if ([...layer.may, ...exceptions].some((pattern) => pattern.test(target))) return undefined;
  if (found.kind === 'type' && layer.types?.some((pattern) => pattern.test(target))) return undefined;
  if (layer.types?.some((pattern) => pattern.test(target))) return "only its types are known here: write 'import type'";
  return `${layerOf(source.path)} may not import ${unitOf(target)}: let a port or the composition root (src/app) hand it in`;
}

function packageProblem(source: Source, name: string): string | undefined {
  const barred = builtins.find(({ path, never }) => path.test(source.path) && never.test(name));
  if (barred !== undefined) return 'this layer does no I/O: take what it needs as an argument';
  const place = vendors[name];
  if (place !== undefined) return place.test(source.path) ? undefined : `only ${place.source} knows this library: go through a port`;
  return name.startsWith('node:') ? undefined : 'give the library a place in `vendors` of test/architecture/layers.ts';
}

/** Imports that cross a boundary of the table, or a library outside its place. Tests are free. */
export function importProblems(sources: readonly Source[]): Problem[] {
  const product = sources.filter((source) => source.path.startsWith('src/') && !source.isTest);
  return product.flatMap((source) =>
    source.imports.flatMap((found) => {
      const name = packageOf(found);
      const mend = name === undefined ? layerProblem(source, found, found.target ?? '') : packageProblem(source, name);
      return mend === undefined ? [] : [{ at: `${source.path}:${found.line}`, rule: `imports '${found.specifier}'`, mend }];
    }),
  );
}

/** The pages: app → features → components → lib, no feature knows another, and of the server only the contract. */
export function pageImportProblems(sources: readonly Source[]): Problem[] {
  const order = ['lib', 'components', 'features', 'app'];
  const problem = (path: string, target: string): string | undefined => {
    if (target.startsWith('src/')) return target.startsWith('src/contract/') ? undefined : 'the pages know only #contract of the server';
    const [, , here = '', feature] = path.split('/');
    const [, , there = '', other] = target.split('/');
    if (!order.includes(here) || !order.includes(there)) return undefined;
    if (order.indexOf(there) > order.indexOf(here))
      return `${here} may not import ${there}: the order is app → features → components → lib`;
    return here === 'features' && there === 'features' && feature !== other
      ? 'move what both features need to components or lib'
      : undefined;
  };
  const pages = sources.filter(({ path, isTest }) => path.startsWith('web/src/') && !isTest);
  return pages.flatMap((source) =>
    source.imports.flatMap(({ target, specifier, line }) => {
      const mend = target === undefined ? undefined : problem(source.path, target);
      return mend === undefined ? [] : [{ at: `${source.path}:${line}`, rule: `imports '${specifier}'`, mend }];
    }),
  );
}

/** Cycles of imports that are loaded together; types and lazy imports may go round. */
export function cycleProblems(sources: readonly Source[]): Problem[] {
  const loaded = new Map(
    sources.map((source) => [source.path, source.imports.flatMap(({ kind, target }) => (kind === 'value' && target ? [target] : []))]),
  );
  const problems: Problem[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const rule = `import cycle ${[...trail.slice(at), path].join(' → ')}`;
      problems.push({ at: path, rule, mend: 'move what both need into a third file, or import only the type' });
    }
    if (at >= 0 || done.has(path)) return;
    for (const next of loaded.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of loaded.keys()) visit(path, []);
  return problems;
}
