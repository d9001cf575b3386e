import { performance } from 'node:perf_hooks';
import type { InspectionAnswer } from '#contract/http/platform/uploads.ts';
import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import { KnownError } from '#kernel/errors.ts';
import { externalFiles } from '#onnx/external-data.ts';
import { type ModelSummary, readModel } from '#onnx/model-reader.ts';
import type { TensorInfo } from '#ports/inference.ts';
import { hashOf } from '../cache/cache-folder.ts';
import type { ModelFiles } from '../cache/kept-files.ts';
import { fail } from '../errors.ts';
import { type LoadDeps, type LoadedModel, loadModel } from '../model/load.ts';
import type { Row } from '../model/plan.ts';
import { LIMITS_FILE } from '../model/schema.ts';
import { exampleRow } from '../model/trial.ts';
import { oipType } from '../oip/datatypes.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import { interfaceChanges } from './interface-changes.ts';
import { limitsOf, mlmodelText, ONNX_FILE, type Signature, signatureOf } from './mlmodel-text.ts';

export interface UploadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What was found, and the files with which it is served that way, by path. */
export interface Inspected {
  readonly answer: Omit<InspectionAnswer, 'model_name'>;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

type Deps = Omit<LoadDeps, 'artifacts'>;

const TIMED_RUNS = 5;

/**
 * Reads a file, loads it as a deployment would (first in a process of its own) and runs a row. Nothing is kept.
 * @param live what callers of the deployment know now
 * @throws UPLOAD_REFUSED with the reason
 */
export async function inspect(deps: Deps, file: UploadedFile, live: LiveModel | undefined): Promise<Inspected> {
  const summary = summaryOf(file.bytes);
  const loaded = await loadAsKnown(deps, file, { summary, live: live?.model.schema });
  const { model, files, signature } = loaded;
  try {
    const known = live && isSameRow(live.model.schema, model.schema) ? live : undefined;
    const row = model.plan && exampleRow(known?.model.schema ?? model.schema, 0);
    const { session, schema } = model;
    return {
      files,
      answer: {
        file: file.name,
        bytes: file.bytes.length,
        sha256: hashOf(file.bytes),
        ...factsOf(summary),
        inputs: session.inputs.map(tensor),
        outputs: session.outputs.map(tensor),
        schema,
        signature,
        batches: model.batchable,
        isolated: session.isolated,
        memory_bytes: session.memoryBytes ?? null,
        row_ms: row ? await timeOf(model, row) : null,
        example: row ? await exampleOf(model, row, known) : null,
        changes: live ? interfaceChanges(live.model.schema, schema) : [],
      },
    };
  } catch (error) {
    throw refusal(error);
  } finally {
    await model.session.close();
  }
}

function summaryOf(bytes: Uint8Array): ModelSummary {
  if (bytes.length === 0) throw fail.uploadRefused({ reason: 'it is empty.' });
  const [first, second] = bytes;
  if (first === 0x80 && second !== undefined && second >= 2 && second <= 5)
    throw fail.uploadRefused({ reason: 'it is a Python pickle, no ONNX file: `trainyard convert` makes one of it.' });
  if (first === 0x50 && second === 0x4b)
    throw fail.uploadRefused({ reason: 'it is an archive, no ONNX file: unpack it and send the file inside.' });
  try {
    const beside = externalFiles(bytes);
    const summary = readModel(bytes);
    if (beside.length === 0) return summary;
    throw fail.uploadRefused({
      reason: `it keeps tensors in files of their own (${beside.slice(0, 3).join(', ')}): \`trainyard register FILE\` sends them along.`,
    });
  } catch (error) {
    throw error instanceof KnownError ? error : fail.uploadRefused({ reason: (error as Error).message }, error);
  }
}

interface Known {
  readonly summary: ModelSummary;
  readonly live: ModelSchema | undefined;
}

interface LoadedAs {
  readonly model: LoadedModel;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly signature: InspectionAnswer['signature'];
}

/** With the live version's columns where the file is a matrix without names that they fit, else as it is. */
async function loadAsKnown(deps: Deps, file: UploadedFile, { summary, live }: Known): Promise<LoadedAs> {
  const limits = live && limitsOf(live);
  const filesWith = (signature: Signature | undefined): Map<string, Uint8Array> =>
    new Map([
      ['MLmodel', Buffer.from(mlmodelText(signature))],
      [ONNX_FILE, file.bytes],
      ...(limits === undefined ? [] : [[LIMITS_FILE, Buffer.from(JSON.stringify(limits))] as const]),
    ]);
  if (live && isNamelessFor(live.fields, summary)) {
    const files = filesWith(signatureOf(live));
    const model = await load(deps, files).catch(() => undefined);
    if (model?.plan) return { model, files, signature: 'deployment' };
    await model?.session.close();
  }
  const files = filesWith(undefined);
  return { model: await load(deps, files), files, signature: 'file' };
}

function isNamelessFor(fields: readonly ModelField[], { inputs: [only, ...others] }: ModelSummary): boolean {
  if (only?.shape?.length !== 2 || others.length > 0 || fields.some(({ type }) => type === 'string')) return false;
  const [, width] = only.shape;
  return typeof width === 'number' ? width === fields.length : fields.length > 1;
}

async function load(deps: Deps, files: ReadonlyMap<string, Uint8Array>): Promise<LoadedModel> {
  const nobody = { created_ms: 0, updated_ms: 0, description: '', stage: 'None', aliases: [], tags: {} };
  const asked = { name: 'upload', version: '0', run_id: null, download_uri: 'upload:', ...nobody };
  try {
    return await loadModel({ ...deps, artifacts: filesIn(files) }, asked);
  } catch (error) {
    throw refusal(error);
  }
}

function filesIn(files: ReadonlyMap<string, Uint8Array>): ModelFiles {
  const read = async (_: string, path: string): Promise<Uint8Array> => {
    const found = files.get(path);
    if (!found) throw fail.cacheMissing({ model: 'the upload', path });
    return found;
  };
  return {
    read,
    get: async (uri, path) =>
      (async function* whole() {
        yield await read(uri, path);
      })(),
    list: async () => [...files].map(([path, { length }]) => ({ path, is_dir: false, file_size: length })),
  };
}

/** What loading and running say of a file, in one form. */
function refusal(error: unknown): unknown {
  if (!(error instanceof KnownError) || error.spec.code === 'UPLOAD_REFUSED') return error;
  const reason = typeof error.params['reason'] === 'string' ? error.params['reason'] : error.message;
  return fail.uploadRefused({ reason }, error);
}

const tensor = ({ name, type, shape }: TensorInfo) => ({ name, datatype: oipType(type), shape: [...shape] });

function factsOf({ producer, producerVersion, irVersion, opsets, operators }: ModelSummary) {
  const counts = new Map<string, number>();
  for (const name of operators) counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    producer: `${producer} ${producerVersion}`.trim(),
    ir_version: irVersion,
    opsets: Object.fromEntries(Object.entries(opsets).map(([domain, version]) => [domain === '' ? 'ai.onnx' : domain, version])),
    operators: [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count),
  };
}

/** Whether a row for one is a row for the other. */
function isSameRow(a: ModelSchema, b: ModelSchema): boolean {
  return (
    a.fields.length === b.fields.length &&
    a.fields.every(({ name, type }, i) => b.fields[i]?.name === name && (type === 'string') === (b.fields[i]?.type === 'string'))
  );
}

async function timeOf({ session, plan }: LoadedModel, row: Row): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TIMED_RUNS; i++) {
    const startedAt = performance.now();
    await session.run(plan?.encode([row]) ?? {});
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[Math.floor(TIMED_RUNS / 2)] as number;
}

async function exampleOf(model: LoadedModel, row: Row, known: LiveModel | undefined): Promise<InspectionAnswer['example']> {
  const { fields } = model.schema;
  return {
    inputs: Object.fromEntries(fields.map(({ name }, i) => [name, row[i] ?? null])),
    prediction: await answerOf(model, row),
    live_prediction: known ? await answerOf(known.model, row) : null,
    live_version: known?.model.version ?? null,
  };
}

async function answerOf({ session, plan, decoder }: LoadedModel, row: Row): Promise<number | string | null> {
  const { prediction } = decoder.row(await session.run(plan?.encode([row]) ?? {}), 0);
  return typeof prediction === 'number' && !Number.isFinite(prediction) ? null : prediction;
}
