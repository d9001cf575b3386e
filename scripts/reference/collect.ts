import { existsSync, globSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

export interface ErrorEntry {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly mlflow: string | undefined;
  readonly hint: string | undefined;
  readonly source: string;
}

export interface MetricEntry {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
  readonly source: string;
}

export interface RouteEntry {
  readonly method: string;
  /** Under the first of its prefixes, the documented one. */
  readonly path: string;
  /** Further prefixes under which the same path answers. */
  readonly alsoUnder: readonly string[];
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly access: string;
  readonly hidden: boolean;
  readonly source: string;
}

export interface RoleEntry {
  readonly name: string;
  readonly summary: string;
  readonly needs: readonly string[];
  readonly peers: readonly string[];
  readonly prefixes: readonly string[];
}

export interface ConfigEntry {
  readonly key: string;
  readonly type: string;
  readonly defaultValue: string;
  readonly description: string;
}

/** Something that a role answers otherwise than MLflow does. */
export interface DifferenceEntry {
  readonly role: string;
  readonly text: string;
}

export interface Catalogues {
  readonly roles: readonly RoleEntry[];
  readonly config: readonly ConfigEntry[];
  readonly errors: readonly ErrorEntry[];
  readonly metrics: readonly MetricEntry[];
  readonly routes: readonly RouteEntry[];
  readonly differences: readonly DifferenceEntry[];
}

type Exports = Readonly<Record<string, unknown>>;

/** Imports the modules under src/ whose path, and whose text where it is given, match. */
async function load(path: RegExp, declares?: RegExp): Promise<{ source: string; exports: Exports }[]> {
  const isWanted = (file: string): boolean => path.test(file) && (declares?.test(readFileSync(file, 'utf8')) ?? true);
  const paths = globSync('src/**/*.ts').filter((file) => !/\.(test|contract)\.ts$/u.test(file) && isWanted(file.replaceAll('\\', '/')));
  const sorted = paths.map((path) => path.replaceAll('\\', '/')).sort();
  return Promise.all(sorted.map(async (source) => ({ source, exports: (await import(pathToFileURL(source).href)) as Exports })));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const items = (value: unknown): Record<string, unknown>[] =>
  (Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []).filter(isRecord);

/** Stands in for any parameter of a message: whatever is done with it, it reads `{name}`. */
function placeholder(name: string): unknown {
  const itself: unknown = new Proxy(() => itself, {
    get: (_, key) => (key === Symbol.toPrimitive || key === 'toString' ? () => `{${name}}` : itself),
  });
  return itself;
}

/** The sentence of a catalogued failure with its parameters as `{name}`. */
export function messageTemplate(message: unknown): string {
  if (typeof message !== 'function') return '';
  const params = new Proxy({}, { get: (_, name) => placeholder(String(name)) });
  try {
    return String(message(params));
  } catch {
    return 'depends on the case';
  }
}

async function collectErrors(): Promise<ErrorEntry[]> {
  const modules = await load(/./u, /^export const \{ specs\b/mu);
  const entries = modules.flatMap(({ source, exports }) =>
    items(exports.specs).map((spec) => ({
      code: text(spec.code),
      status: Number(spec.status),
      message: messageTemplate(spec.message),
      mlflow: spec.mlflow === undefined ? undefined : text(spec.mlflow),
      hint: spec.hint === undefined ? undefined : text(spec.hint),
      source,
    })),
  );
  return entries.sort((a, b) => a.code.localeCompare(b.code, 'en'));
}

async function collectMetrics(): Promise<MetricEntry[]> {
  const modules = await load(/metrics\.ts$/u);
  const entries = modules.flatMap(({ source, exports }) =>
    items(exports.metrics).map((metric) => ({
      name: text(metric.name),
      type: text(metric.type),
      labels: texts(metric.labels),
      help: text(metric.help),
      source,
    })),
  );
  return entries.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function isRoute(value: Record<string, unknown>): boolean {
  const handler = value.handle ?? value.run;
  return typeof value.method === 'string' && typeof value.path === 'string' && typeof handler === 'function';
}

/** The endpoints of the program itself are made by a function; only what they declare is read here, none is called. */
async function systemRoutes(): Promise<{ source: string; exports: Exports }[]> {
  const modules = await load(/^src\/app\/(.+\/)?system-routes\.ts$/u);
  return modules.map(({ source, exports }) => {
    const make = exports.systemRoutes as (deps: object) => unknown;
    return { source, exports: { routes: make({}) } };
  });
}

async function collectRoutes(): Promise<RouteEntry[]> {
  const modules = [...(await load(/\/routes\//u)), ...(await systemRoutes())];
  const found = new Map<Record<string, unknown>, RouteEntry>();
  for (const { source, exports } of modules) {
    for (const route of Object.values(exports).flatMap((value) => (Array.isArray(value) ? value : [value]))) {
      if (!isRecord(route) || !isRoute(route) || found.has(route)) continue;
      const [mount = '', ...others] = texts(route.mounts);
      found.set(route, {
        method: text(route.method),
        path: `${mount}${route.path}`,
        alsoUnder: others,
        aliases: others.map((other) => `${other}${route.path}`),
        summary: text(route.summary),
        access: text(route.access),
        hidden: route.hidden === true,
        source,
      });
    }
  }
  return [...found.values()].sort((a, b) => a.path.localeCompare(b.path, 'en') || a.method.localeCompare(b.method, 'en'));
}

interface Schema {
  /** Set by `.meta({ secret: true })`: the value is never shown. */
  readonly secret?: boolean;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function typeName(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeName).join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeName(schema.items) : 'anything'}`;
  return Array.isArray(schema.type) ? schema.type.join(' or ') : text(schema.type);
}

/** One entry per leaf of a section's schema. */
function configKeys(prefix: string, schema: Schema): ConfigEntry[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    if (property.properties) return configKeys(key, property);
    const defaultValue = property.default === undefined ? '' : JSON.stringify(property.default);
    const type = `${typeName(property)}${property.secret ? ' (secret)' : ''}`;
    return [{ key, type, defaultValue, description: property.description ?? '' }];
  });
}

const keysOf = (prefix: string, schema: unknown): ConfigEntry[] =>
  schema instanceof z.ZodObject ? configKeys(prefix, z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema) : [];

async function importIfThere(path: string): Promise<Exports> {
  return existsSync(path) ? ((await import(pathToFileURL(path).href)) as Exports) : {};
}

/** Everything that the program declares about itself, read from its modules; call it from the root of the repository. */
export async function collectCatalogues(): Promise<Catalogues> {
  const manifests = items((await importIfThere('src/app/roles.ts')).roles);
  const core = (await load(/^src\/app\/config\/core\.ts$/u)).flatMap(({ exports }) => keysOf('', exports.CoreConfig));
  const byRole = manifests.flatMap((role) => keysOf(text(role.name), role.config));
  const config = new Map([...core, ...byRole].map((entry) => [entry.key, entry]));
  return {
    roles: manifests.map((role) => ({
      name: text(role.name),
      summary: text(role.summary),
      needs: texts(role.needs),
      peers: texts(role.peers),
      prefixes: texts(role.prefixes),
    })),
    config: [...config.values()].sort((a, b) => a.key.localeCompare(b.key, 'en')),
    errors: await collectErrors(),
    metrics: await collectMetrics(),
    routes: await collectRoutes(),
    differences: differences(),
  };
}

const DIFFERENCES = 'Where we differ from MLflow on purpose:\n';

/** The items of that list in the roles' own READMEs, each on one line. */
function differences(): DifferenceEntry[] {
  return globSync('src/roles/*/README.md')
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .flatMap((path) => {
      const [, list = ''] = readFileSync(path, 'utf8').split(DIFFERENCES);
      const items = (list.split(/\n(?![- ])/u)[0] ?? '').split(/^- /mu).slice(1);
      const role = path.split('/').at(-2) ?? '';
      return items.map((item) => ({ role, text: item.trim().replaceAll(/\n\s+/gu, ' ') }));
    });
}
