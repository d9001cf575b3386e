import { type ModelField, ModelSchema } from '#contract/model-schema.ts';
import type { TarFile } from '#kernel/tar.ts';
import type { ResolvedVersion } from '../../registry/api.ts';
import type { RunSummary, TrackingApi } from '../../tracking/api.ts';
import { fail } from '../errors.ts';
import type { Files } from '../files.ts';
import { ROWS_FILE, readme } from './readme.ts';

/** Most files of one model, and most bytes of the small ones that are read to tell what the model is. */
const MAX_FILES = 10_000;
const MAX_SMALL = 8 * 1024 * 1024;
const COMPARISON = 'results/model_comparison.csv';

interface MlModel {
  readonly flavors?: { readonly onnx?: { readonly data?: string } };
  readonly signature?: Readonly<Record<string, string | null>> | null;
}

interface Deps {
  readonly at: (uri: string) => Files;
  readonly tracking: TrackingApi;
}

/** Everything that a version is when it leaves: its own folder as it is stored, and what the run, the registry and we know of it. */
export async function exportContents({ at, tracking }: Deps, version: ResolvedVersion): Promise<TarFile[]> {
  const model = at(version.download_uri);
  const stored = await allFiles(model);
  if (stored.length === 0) throw fail.exportEmpty({ name: version.name, version: version.version });
  const paths = new Set(stored.map(({ path }) => path));
  const read = async (path: string): Promise<string | undefined> => (paths.has(path) ? small(model, path) : undefined);
  const run = version.run_id === null ? undefined : await tracking.getRun(version.run_id);
  const mlmodel = await asMlModel(await read('MLmodel'));
  const schema = asSchema(await read('trainyard.json')) ?? schemaOfSignature(mlmodel?.signature?.['inputs']);
  const rows = exampleRows(schema, await read('input_example.json'));
  const comparison = run && (await comparisonOf(at, run));
  const onnx = [mlmodel?.flavors?.onnx?.data, 'model.onnx', 'model/model.onnx'].find((path) => path !== undefined && paths.has(path));
  const made: Record<string, string> = {
    ...(mlmodel?.signature ? { 'signature.json': json(mapped(mlmodel.signature)) } : {}),
    ...(rows === undefined ? {} : { [ROWS_FILE]: json(rows) }),
    'metrics.json': json(metricsOf(version, run)),
    ...(comparison === undefined ? {} : { [COMPARISON]: comparison }),
  };
  const own = stored.filter(({ path }) => path !== 'README.md' && !Object.hasOwn(made, path));
  const files = [...own.map(({ path }) => path), ...Object.keys(made)].sort();
  const page = readme({ version, run, schema, onnx, hasRows: rows !== undefined, files });
  return [...Object.entries({ 'README.md': page, ...made }).map(([path, text]) => textFile(path, text)), ...own];
}

async function allFiles(files: Files, folder = ''): Promise<TarFile[]> {
  const found: TarFile[] = [];
  for (const { path, is_dir, file_size } of await files.list(folder)) {
    if (is_dir) found.push(...(await allFiles(files, path)));
    else found.push({ path, size: file_size ?? 0, body: () => bodyOf(files, path) });
    if (found.length > MAX_FILES) throw fail.exportTooMany({ most: MAX_FILES });
  }
  return found;
}

async function* bodyOf(files: Files, path: string): AsyncGenerator<Uint8Array> {
  const opened = await files.open(path);
  if (!opened) throw fail.notFound({ path });
  yield* opened.body;
}

async function small(files: Files, path: string): Promise<string | undefined> {
  const opened = await files.open(path);
  if (!opened || opened.size > MAX_SMALL) return undefined;
  return Buffer.concat(await Array.fromAsync(opened.body)).toString('utf8');
}

function textFile(path: string, text: string): TarFile {
  const bytes = Buffer.from(text);
  const body = async function* () {
    yield bytes;
  };
  return { path, size: bytes.length, body };
}

/** Runs that compared learners keep the table beside their other files. */
async function comparisonOf(at: Deps['at'], run: RunSummary): Promise<string | undefined> {
  try {
    const files = at(run.artifact_uri);
    return (await small(files, COMPARISON)) ?? (await small(files, 'model_comparison.csv'));
  } catch {
    // The run's files may be where this server does not reach; the model's own are what counts.
    return undefined;
  }
}

async function asMlModel(text: string | undefined): Promise<MlModel | undefined> {
  // Loaded with the first export: a start has no use for it.
  const { parse } = await import('yaml');
  const value = text === undefined ? undefined : attempt(() => parse(text) as unknown);
  return typeof value === 'object' && value !== null ? (value as MlModel) : undefined;
}

function asSchema(text: string | undefined): ModelSchema | undefined {
  return text === undefined ? undefined : ModelSchema.safeParse(attempt(() => JSON.parse(text) as unknown)).data;
}

/** Columns of MLflow's signature, where it has columns. */
function schemaOfSignature(text: string | null | undefined): ModelSchema | undefined {
  const columns = text ? attempt(() => JSON.parse(text) as unknown) : undefined;
  return ModelSchema.safeParse({ task: 'other', target: '', fields: columns }).data;
}

function attempt<R>(work: () => R): R | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** MLflow keeps JSON inside of YAML strings. */
function mapped(signature: Readonly<Record<string, string | null>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(signature).map(([key, text]) => [key, text === null ? null : (attempt(() => JSON.parse(text) as unknown) ?? text)]),
  );
}

function metricsOf(version: ResolvedVersion, run: RunSummary | undefined): unknown {
  const { name, version: number, run_id, aliases, tags, created_ms } = version;
  const made = { name, version: number, run_id, aliases, tags, created_at: new Date(created_ms).toISOString() };
  return { ...made, metrics: run?.metrics ?? {}, params: run?.params ?? {}, datasets: run?.datasets ?? [] };
}

/** Rows by column, columns in the model's order: those that were logged with it, else one of the schema's examples or plain values. */
function exampleRows(schema: ModelSchema | undefined, example: string | undefined): Record<string, unknown>[] | undefined {
  const split = (example === undefined ? undefined : attempt(() => JSON.parse(example) as unknown)) as
    | { columns?: unknown; data?: unknown }
    | undefined;
  if (Array.isArray(split?.columns) && Array.isArray(split.data) && split.data.length > 0) {
    const columns = split.columns.map(String);
    return (split.data as unknown[][]).map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
  }
  if (!schema || schema.fields.length === 0) return undefined;
  const exampleOf = (f: ModelField): unknown => f.example ?? f.observed_min ?? f.categories?.[0] ?? plainValue(f.type);
  return [Object.fromEntries(schema.fields.map((f) => [f.name, exampleOf(f)]))];
}

const plainValue = (type: string): unknown => (type === 'string' ? '' : type === 'boolean' ? false : 0);
