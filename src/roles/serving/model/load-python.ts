import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import { KnownError } from '#kernel/errors.ts';
import type { PythonColumn, PythonLimits, PythonModel, PythonModels, PythonSession } from '#ports/inference.ts';
import type { ResolvedVersion } from '../../registry/api.ts';
import type { ModelFiles } from '../cache/kept-files.ts';
import { fail } from '../errors.ts';
import { outputRoles } from './decode.ts';
import type { LoadedModel, MlModel } from './load.ts';
import { signatureFields, targetName } from './schema.ts';
import { proven } from './trial.ts';

/** Whether and how models that only Python can run are served. */
export interface PythonServing {
  readonly models: PythonModels;
  readonly isEnabled: boolean;
  readonly limits: PythonLimits;
}

/** Flavors that are loaded as estimators, for their probabilities; any other needs a python_function. */
const ESTIMATORS = ['sklearn', 'lightgbm', 'xgboost'];

interface PythonDeps {
  readonly artifacts: ModelFiles;
  readonly python: PythonServing;
}

/**
 * Loads a model without an ONNX file into a Python process of its own, where that is allowed.
 * @throws MODEL_UNSERVABLE naming its flavors and what can be done, PYTHON_MODEL_UNSERVABLE
 */
export async function loadPythonModel(
  { artifacts, python }: PythonDeps,
  resolved: ResolvedVersion,
  mlmodel: MlModel | undefined,
): Promise<LoadedModel> {
  const label = `${resolved.name} version ${resolved.version}`;
  const refusal = refusalOf(resolved, mlmodel, python.isEnabled);
  if (refusal !== undefined) throw fail.modelUnservable({ model: label, reason: refusal });
  const size = { bytes: 0 };
  const files = filesOf(artifacts, { uri: resolved.download_uri }, size);
  const columns = signatureFields(mlmodel)?.map(({ name, type, required }): PythonColumn => ({ name, type, required }));
  const session = await python.models.start({ label, files, columns }, python.limits);
  try {
    const schema = schemaOf(session, mlmodel);
    const who = { name: resolved.name, version: resolved.version, runId: resolved.run_id, resolved, bytes: size.bytes };
    const shown = await proven(session, schema, true);
    if (shown.plan === undefined) throw fail.modelUnservable({ model: label, reason: 'it does not answer one entry per row.' });
    return { ...who, ...shown, engine: 'python', schema, mapped: new Map(), isLogged: false };
  } catch (error) {
    await session.close();
    throw error instanceof KnownError ? error : fail.modelUnservable({ model: label, reason: String((error as Error).message) }, error);
  }
}

function refusalOf({ name, version }: ResolvedVersion, mlmodel: MlModel | undefined, isEnabled: boolean): string | undefined {
  const flavors = Object.keys(mlmodel?.flavors ?? {});
  const told = `its flavors are ${flavors.join(', ') || 'none'}`;
  const estimator = flavors.find((flavor) => ESTIMATORS.includes(flavor));
  if (estimator === undefined && !flavors.includes('python_function'))
    return `${told}; only 'onnx' can be served, and 'sklearn' and 'python_function' by Python.`;
  if (isEnabled) return undefined;
  const convert = `\`trainyard convert models:/${encodeURIComponent(name)}/${version} --register NAME\` makes an ONNX model of it`;
  const other = 'serving.python.enabled allows Python processes, which run whatever code stands in a model';
  return `${told}, and only 'onnx' is served without Python. ${estimator === undefined ? '' : `${convert}; `}${other}.`;
}

/** Every file below the model's folder; what it read is added to `size`. */
async function* filesOf(artifacts: ModelFiles, at: { uri: string; path?: string }, size: { bytes: number }): PythonModel['files'] {
  const { uri, path = '' } = at;
  for (const file of await artifacts.list(uri, path)) {
    if (file.is_dir) yield* filesOf(artifacts, { uri, path: file.path }, size);
    else {
      size.bytes += file.file_size ?? 0;
      yield { path: file.path, body: await artifacts.get(uri, file.path) };
    }
  }
}

function schemaOf({ columns, classes, example, outputs }: PythonSession, mlmodel: MlModel | undefined): ModelSchema {
  const roles = outputRoles(outputs);
  const isLabel = roles.label !== undefined && (classes !== undefined || outputs.length === 1);
  const task = isLabel ? 'classification' : roles.value ? 'regression' : 'other';
  const fields = columns.map((column, i): ModelField => {
    const value = example?.[i];
    return { ...column, ...(value === null || value === undefined ? {} : { example: value }) };
  });
  const target = targetName(mlmodel) ?? roles.label?.name ?? roles.value?.name ?? outputs[0]?.name ?? 'prediction';
  return { task, target, fields, ...(task === 'classification' && classes ? { classes: [...classes] } : {}) };
}
