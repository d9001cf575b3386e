import { parse as parseYaml } from 'yaml';
import { ModelLimits, ModelSchema } from '#contract/model-schema.ts';
import { KnownError } from '#kernel/errors.ts';
import { type Bfloat16Casts, castBfloat16 } from '#onnx/bfloat16-casts.ts';
import { OnnxError } from '#onnx/errors.ts';
import { externalFiles, withExternalData } from '#onnx/external-data.ts';
import { type ModelSummary, readModel } from '#onnx/model-reader.ts';
import { isSizedByValues } from '#onnx/value-sized.ts';
import { removeZipMap } from '#onnx/zipmap.ts';
import type { Inference, Session, Tensors } from '#ports/inference.ts';
import type { ResolvedVersion } from '../../registry/api.ts';
import type { ModelFiles } from '../cache/kept-files.ts';
import { fail } from '../errors.ts';
import { asBfloat16 } from './bfloat16-session.ts';
import type { Decoder } from './decode.ts';
import { loadPythonModel, type PythonServing } from './load-python.ts';
import { type InputPlan, planInputs } from './plan.ts';
import { LIMITS_FILE, schemaFromGraph, signatureFields, withLimits } from './schema.ts';
import type { TensorRows } from './tensor-rows.ts';
import { exampleRow, proven } from './trial.ts';
import { widthOf } from './width.ts';

const MAX_MODEL_BYTES = 2 ** 31;
const MAX_TEXT_BYTES = 8 * 2 ** 20;

/** A model version in memory with everything that serving needs to know of it. */
export interface LoadedModel {
  readonly name: string;
  readonly version: string;
  readonly runId: string | null;
  readonly schema: ModelSchema;
  readonly session: Session;
  readonly engine: 'onnx' | 'python';
  /** Absent for models whose inputs are not one column per field. */
  readonly plan: InputPlan | undefined;
  /** For those models: their tensors as rows. */
  readonly tensors?: TensorRows | undefined;
  readonly decoder: Decoder;
  /** Whether several rows may share one run, and each is answered as if it ran alone. */
  readonly batchable: boolean;
  /** Whether rows change each other's answers: those of a request run as one, so that it is answered as where the model comes from. */
  readonly isMutual?: boolean;
  /** Whether it was logged from outside: its scoring answers then have the form of MLflow's own ONNX flavor. */
  readonly isLogged: boolean;
  /** Outputs that were maps from class to probability before ZipMap was removed, with the names that they had. */
  readonly mapped: ReadonlyMap<string, string>;
  readonly resolved: ResolvedVersion;
  readonly bytes: number;
}

export interface LoadDeps {
  readonly artifacts: ModelFiles;
  readonly inference: Inference;
  readonly python: PythonServing;
}

/** Fetches a version's files, checks them and makes a session; one trial row is run, so that a model that cannot run never goes live. */
export async function loadModel({ artifacts, inference, python }: LoadDeps, resolved: ResolvedVersion): Promise<LoadedModel> {
  const model = `${resolved.name} version ${resolved.version}`;
  const files = modelFiles(artifacts, resolved.download_uri, model);
  const mlmodel = await files.yaml('MLmodel');
  const onnxFile = onnxPath(mlmodel);
  if (onnxFile === undefined) return loadPythonModel({ artifacts, python }, resolved, mlmodel);
  const original = await files.bytes(onnxFile);
  if (!original) throw fail.modelUnservable({ model, reason: `its artifacts hold no ${onnxFile}.` });
  const { bytes, mapped, summary, casts } = servable(await whole(original, { files, onnxFile, model }), model);
  const given = await files.json('trainyard.json');
  const schemaOf = (io: Shapes): ModelSchema => (given === undefined ? schemaFromGraph(io, mlmodel, summary) : ModelSchema.parse(given));
  const options = isUpToRows(bytes, summary) ? ({ place: 'apart' } as const) : { example: (io: Shapes) => exampleOf(io, schemaOf) };
  const session = asBfloat16(await inference.load(bytes, options), casts);
  try {
    const schema = given === undefined ? await loggedSchema(files, schemaOf(await withWidth(session, mlmodel))) : schemaOf(session);
    const who = { name: resolved.name, version: resolved.version, runId: resolved.run_id, resolved, bytes: bytes.length, mapped };
    return { ...who, engine: 'onnx', schema, isLogged: given === undefined, ...(await proven(session, schema, given === undefined)) };
  } catch (error) {
    await session.close();
    // That a trial of the server's own fails is no failure of this server.
    const isOurs = error instanceof KnownError && error.spec.code !== 'INFERENCE_FAILED';
    throw isOurs ? error : fail.modelUnservable({ model, reason: String((error as Error).message) }, error);
  }
}

type Shapes = Pick<Session, 'inputs' | 'outputs'>;

/** A row as the schema has it, where its fields are the model's columns. What is wrong with the schema is told later. */
function exampleOf(io: Shapes, schemaOf: (io: Shapes) => ModelSchema): Tensors | undefined {
  try {
    const schema = schemaOf(io);
    return planInputs(schema, io.inputs)?.encode([exampleRow(schema, 0)]);
  } catch {
    return undefined;
  }
}

/** Exporters may leave open how many columns the only matrix has: then it is found out. */
async function withWidth(session: Session, mlmodel: MlModel | undefined): Promise<Shapes> {
  const { outputs } = session;
  const width = signatureFields(mlmodel) === undefined ? await widthOf(session) : undefined;
  if (width === undefined) return session;
  return { outputs, inputs: session.inputs.map((input) => ({ ...input, shape: [input.shape[0] as number, width] })) };
}

async function loggedSchema(files: Reader, schema: ModelSchema): Promise<ModelSchema> {
  const limits = await files.json(LIMITS_FILE);
  return limits === undefined ? schema : withLimits(schema, ModelLimits.parse(limits));
}

/** How long a loop runs, or how large a tensor becomes, may be up to the rows: a trial of a few says nothing, and in this process it would harm all others. */
function isUpToRows(bytes: Uint8Array, { operators }: ModelSummary): boolean {
  return operators.some((operator) => operator === 'Loop' || operator === 'If') || isSizedByValues(bytes);
}

/** Exporters put large tensors into files of their own, MLflow too; the engine gets one model, and opens no file that a model names. */
async function whole(
  original: Uint8Array,
  { files, onnxFile, model }: { files: Reader; onnxFile: string; model: string },
): Promise<Uint8Array> {
  const folder = onnxFile.slice(0, onnxFile.lastIndexOf('/') + 1);
  const beside = new Map<string, Uint8Array>();
  try {
    for (const name of externalFiles(original)) {
      const found = await files.bytes(folder + name);
      if (found) beside.set(name, found);
    }
    return withExternalData(original, beside);
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    throw fail.modelUnservable({ model, reason: `its ONNX file is damaged (${error.message}).` }, error);
  }
}

interface Readable {
  readonly bytes: Uint8Array;
  readonly mapped: Map<string, string>;
  readonly summary: ModelSummary;
  readonly casts: Bfloat16Casts;
}

/** Without what the engine's library cannot give or be given: maps, and 16-bit floats of the second kind. */
function servable(original: Uint8Array, model: string): Readable {
  try {
    const { bytes, outputs } = removeZipMap(original);
    const summary = readModel(bytes);
    const casts = castBfloat16(bytes, summary);
    return { bytes: casts.bytes, mapped: new Map(outputs.map((o) => [o.to, o.from])), summary, casts };
  } catch (error) {
    throw fail.modelUnservable({ model, reason: `its ONNX file is damaged (${(error as Error).message}).` }, error);
  }
}

type Reader = ReturnType<typeof modelFiles>;

function modelFiles(artifacts: ModelFiles, uri: string, model: string) {
  const bytes = async (path: string, max = MAX_MODEL_BYTES): Promise<Uint8Array | undefined> => {
    try {
      return await artifacts.read(uri, path, max);
    } catch (error) {
      if (error instanceof KnownError && error.spec.status === 404) return undefined;
      throw error;
    }
  };
  const text = async (path: string): Promise<string | undefined> => {
    const found = await bytes(path, MAX_TEXT_BYTES);
    return found && Buffer.from(found).toString('utf8');
  };
  return {
    bytes,
    json: async (path: string): Promise<unknown> => {
      const found = await text(path);
      return found === undefined ? undefined : JSON.parse(found);
    },
    yaml: async (path: string): Promise<MlModel | undefined> => {
      const found = await text(path);
      return found === undefined ? undefined : mlmodelOf(found, model);
    },
  };
}

function mlmodelOf(text: string, model: string): MlModel {
  try {
    const content: unknown = parseYaml(text);
    if (typeof content === 'object' && content !== null) return content as MlModel;
  } catch (error) {
    throw fail.modelUnservable({ model, reason: 'its MLmodel file is not valid YAML.' }, error);
  }
  throw fail.modelUnservable({ model, reason: 'its MLmodel file holds no keys and values.' });
}

/** The parts of an MLmodel file that serving reads. */
export interface MlModel {
  readonly flavors?: Readonly<Record<string, { readonly data?: string }>>;
  readonly signature?: { readonly inputs?: string | null; readonly outputs?: string | null };
}

/** A folder without MLmodel may still hold a plain model.onnx. */
function onnxPath(mlmodel: MlModel | undefined): string | undefined {
  if (mlmodel === undefined) return 'model.onnx';
  const flavor = mlmodel.flavors?.['onnx'];
  if (flavor === undefined || flavor === null) return undefined;
  return typeof flavor.data === 'string' ? flavor.data : 'model.onnx';
}
