import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RoleManifest } from '#roles/define-role.ts';
import { fail } from '../errors.ts';
import { CoreConfig } from './core.ts';
import { otelSettings } from './otel.ts';
import type { Setting } from './setting.ts';
import { suggestion } from './suggestion.ts';

export interface Config {
  readonly core: CoreConfig;
  /** Sections of the roles, by role name. */
  readonly roles: Readonly<Record<string, Record<string, unknown>>>;
}

/** Variables that people already have set, and the keys that each one means. Where two mean the same key the later one wins. */
const FAMILIAR: Readonly<Record<string, string>> = {
  MLFLOW_HOST: 'http.host',
  MLFLOW_PORT: 'http.port',
  MLFLOW_BACKEND_STORE_URI: 'database.url',
  MLFLOW_DEFAULT_ARTIFACT_ROOT: 'tracking.default_artifact_root artifacts.default_root',
  MLFLOW_ARTIFACTS_DESTINATION: 'blobs.root',
  MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS: 'artifacts.signed_download_seconds',
  MLFLOW_S3_UPLOAD_EXTRA_ARGS: 'blobs.upload_args',
  MLFLOW_SERVER_GRAPHQL_MAX_ALIASES: 'graphql.max_aliases',
  MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS: 'graphql.max_root_fields',
  AWS_DEFAULT_REGION: 'blobs.region',
  AWS_REGION: 'blobs.region',
  AWS_ENDPOINT_URL: 'blobs.endpoint',
  AWS_ENDPOINT_URL_S3: 'blobs.endpoint',
  MLFLOW_S3_ENDPOINT_URL: 'blobs.endpoint',
  MLFLOW_S3_IGNORE_TLS: 'blobs.ignore_tls',
  TRAINYARD_DATA: 'data',
  TRAINYARD_TARGET: 'target',
  TRAINYARD_HOST: 'http.host',
  TRAINYARD_PORT: 'http.port',
  TRAINYARD_TOKEN: 'http.token',
  LOG_LEVEL: 'log.level',
  MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX: 'registry.source_pattern',
  MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'registry.webhooks.allow_private_ips',
  MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'registry.webhooks.allowed_schemes',
  MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS: 'registry.webhooks.workers',
  MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES: 'registry.webhooks.max_retries',
  MLFLOW_WEBHOOK_REQUEST_TIMEOUT: 'registry.webhooks.timeout_ms',
  MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: 'registry.webhooks.secret_key',
};

/** Variables whose values have other words than ours. */
const WORDS: Readonly<Record<string, (value: string) => string>> = {
  LOG_LEVEL: logLevel,
  MLFLOW_WEBHOOK_REQUEST_TIMEOUT: (seconds) => (Number(seconds) > 0 ? String(Number(seconds) * 1000) : seconds),
  MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: yesOrNo,
  MLFLOW_S3_IGNORE_TLS: yesOrNo,
};

/** Where settings come from, weakest last. */
export interface ConfigSources {
  readonly flags: readonly Setting[];
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Told of each variable that other programs heed and this one cannot, and why. */
  readonly warn?: (variable: string, reason: string) => void;
}

/** Defaults < file < environment < flags. @throws CONFIG_INVALID with every mistake at once */
export async function loadConfig(roles: readonly RoleManifest[], sources: ConfigSources): Promise<Config> {
  const { flags, file, env = process.env, warn = () => {} } = sources;
  const shape = Object.fromEntries(roles.map((r) => [r.name, z.strictObject(r.config.shape).prefault({})]));
  const schema = CoreConfig.extend(shape);
  const problems: string[] = [];
  const tree: Record<string, unknown> = {};
  const origin = new Map<string, string>();
  const fromEnv = [...otelSettings(env, warn), ...envSettings(env, schema, problems)];
  for (const setting of [...(await fileSettings(file, problems)), ...fromEnv, ...flags]) {
    const leaf = leafOf(schema, setting.path);
    assign(tree, setting.path, typeof setting.value === 'string' && leaf ? fromText(leaf, setting.value) : setting.value);
    origin.set(setting.path.join('.'), setting.from);
  }
  const parsed = schema.safeParse(tree);
  if (!parsed.success)
    problems.push(...parsed.error.issues.flatMap((issue) => issueSentences(issue, { origin, tree, keys: keysOf(schema) })));
  if (!parsed.success || problems.length > 0) throw fail.configInvalid({ problems });
  const all = parsed.data as Record<string, unknown>;
  const core = Object.fromEntries(Object.keys(CoreConfig.shape).map((k) => [k, all[k]])) as CoreConfig;
  const sections = Object.fromEntries(roles.map((r) => [r.name, all[r.name] as Record<string, unknown>]));
  return deepFreeze({ core, roles: sections });
}

async function fileSettings(file: string | undefined, problems: string[]): Promise<Setting[]> {
  if (file === undefined) return [];
  try {
    const { parse } = await import('yaml');
    const content: unknown = parse(readFileSync(file, 'utf8'));
    if (content === null || content === undefined) return [];
    if (typeof content !== 'object' || Array.isArray(content)) throw new Error('the file must hold keys and values');
    return Object.entries(content).map(([key, value]) => ({ path: [key], value, from: file }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    problems.push(`${file}: ${code === 'ENOENT' ? 'there is no such file' : message.split('\n', 1)[0]}`);
    return [];
  }
}

function envSettings(env: NodeJS.ProcessEnv, schema: z.ZodObject, problems: string[]): Setting[] {
  const settings: Setting[] = [];
  for (const [name, keys] of Object.entries(FAMILIAR)) {
    const value = env[name];
    if (!value) continue;
    for (const key of keys.split(' ')) settings.push({ path: key.split('.'), value: WORDS[name]?.(value) ?? value, from: name });
  }
  const database = env['DATABASE_URL'] ?? '';
  if (/^postgres(?:ql)?:/u.test(database)) settings.push({ path: ['database', 'url'], value: database, from: 'DATABASE_URL' });
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || !name.startsWith('TRAINYARD__')) continue;
    const path = name.slice('TRAINYARD__'.length).toLowerCase().split('__');
    if (leafOf(schema, path)) settings.push({ path, value, from: name });
    else problems.push(`${name}: there is no key ${path.join('.')}${suggestion(path.join('.'), keysOf(schema))}`);
  }
  return settings;
}

/** Truth as Python's programs write it. */
function yesOrNo(value: string): string {
  return value === '1' ? 'true' : value === '0' ? 'false' : value.toLowerCase();
}

/** Python's names for levels, as the reference systems set them. */
function logLevel(value: string): string {
  const level = value.toLowerCase();
  if (level === 'warning') return 'warn';
  return level === 'critical' ? 'error' : level;
}

function leafOf(schema: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  let at: z.ZodType = schema;
  for (const key of path) {
    while (at instanceof z.ZodDefault || at instanceof z.ZodPrefault || at instanceof z.ZodOptional) at = at.def.innerType as z.ZodType;
    if (at instanceof z.ZodRecord) at = at.def.valueType as z.ZodType;
    else if (at instanceof z.ZodObject && Object.hasOwn(at.shape, key)) at = at.shape[key] as z.ZodType;
    else return undefined;
  }
  return at;
}

/** Reads text as what the key wants: itself, JSON (numbers, booleans, lists), or a list with commas. */
function fromText(leaf: z.ZodType, text: string): unknown {
  if (leaf.safeParse(text).success) return text;
  try {
    const value: unknown = JSON.parse(text);
    const { error } = leaf.safeParse(value);
    // Of the right kind and only too large, say: that is what has to be told, and not that it came as text.
    if (error === undefined || (typeof value === 'number' && error.issues.every(({ code }) => code !== 'invalid_type'))) return value;
  } catch {
    // Not JSON: it may be a list.
  }
  const list = text.split(',').map((part) => part.trim());
  return leaf.safeParse(list).success ? list : text;
}

function assign(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const key of path.slice(0, -1)) {
    if (typeof at[key] !== 'object' || at[key] === null) at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  at[path.at(-1) as string] = value;
}

interface Given {
  readonly origin: ReadonlyMap<string, string>;
  readonly tree: unknown;
  readonly keys: readonly string[];
}

/** Keys whose values may hold a secret, such as a password in an address. */
const SECRET = /token|secret|password|key|url|root|peer|endpoint|header|origin/u;

function issueSentences(issue: z.core.$ZodIssue, { origin, tree, keys }: Given): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const key = [...issue.path, name].join('.');
      return `${key}: there is no such key${suggestion(key, keys)}`;
    });
  }
  const key = issue.path.join('.');
  const from = origin.get(key) ?? origin.get(String(issue.path[0]));
  const value = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], tree);
  const isTold = ['string', 'number', 'boolean'].includes(typeof value) && !SECRET.test(key);
  const given = isTold ? `, given ${JSON.stringify(value)}` : '';
  return [`${key}${from === undefined ? '' : ` (${from})`}: ${issue.message.replace(/^Invalid (?:input|option): /u, '')}${given}`];
}

/** All keys that can be set, with dots. */
function keysOf(schema: z.ZodType, path = ''): string[] {
  let at = schema;
  while (at instanceof z.ZodDefault || at instanceof z.ZodPrefault || at instanceof z.ZodOptional) at = at.def.innerType as z.ZodType;
  if (!(at instanceof z.ZodObject)) return [path];
  return Object.entries(at.shape).flatMap(([key, inner]) => keysOf(inner as z.ZodType, path === '' ? key : `${path}.${key}`));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
