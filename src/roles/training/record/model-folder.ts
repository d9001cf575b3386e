import { stringify } from 'yaml';
import type { ModelSchema } from '#contract/model-schema.ts';
import type { TrainedModel } from '../fit/messages.ts';

/** What a model's folder says of itself beside the model. */
export interface ModelIdentity {
  readonly modelId: string;
  readonly runId: string;
  readonly uuid: string;
  readonly createdMs: number;
  /** Fields that hold whole numbers in every row. */
  readonly wholeFields: readonly string[];
  /** Rows as callers send them, values in the order of the schema's fields. */
  readonly exampleRows: readonly (readonly unknown[])[];
}

/** MLflow release whose folder layout this is (MLmodel, environments, examples). */
const MLFLOW_VERSION = '3.12.0';
/** The form of the model that `mlflow.pyfunc` loads. */
const FRAME_MODEL = 'frame_model.onnx';
const PYTHON_VERSION = '3.11.9';
const REQUIREMENTS = ['mlflow', 'numpy', 'onnx', 'onnxruntime', 'pandas'];

/** A logged model's files by path: what MLflow's client writes for an ONNX model, and our schema and reference profile. */
export function modelFolder(model: TrainedModel, schema: ModelSchema, identity: ModelIdentity): Record<string, string | Uint8Array> {
  const example = { columns: schema.fields.map(({ name }) => name), data: identity.exampleRows };
  return {
    MLmodel: stringify(describe(model, schema, identity), { lineWidth: 0 }),
    'model.onnx': model.onnx,
    [FRAME_MODEL]: model.frameOnnx,
    'requirements.txt': `${REQUIREMENTS.join('\n')}\n`,
    'conda.yaml': stringify({
      name: 'mlflow-env',
      channels: ['conda-forge'],
      dependencies: [`python=${PYTHON_VERSION}`, 'pip', { pip: REQUIREMENTS }],
    }),
    'python_env.yaml': stringify({
      python: PYTHON_VERSION,
      build_dependencies: ['pip', 'setuptools', 'wheel'],
      dependencies: ['-r requirements.txt'],
    }),
    'input_example.json': JSON.stringify(example),
    'serving_input_example.json': JSON.stringify({ dataframe_split: example }),
    'trainyard.json': `${JSON.stringify(schema, null, 2)}\n`,
    'reference_profile.json': `${JSON.stringify(model.profile)}\n`,
  };
}

function describe(model: TrainedModel, schema: ModelSchema, identity: ModelIdentity): Record<string, unknown> {
  return {
    artifact_path: 'model',
    flavors: {
      onnx: { code: null, data: 'model.onnx', onnx_session_options: null, onnx_version: '1.17.0', providers: ['CPUExecutionProvider'] },
      python_function: {
        data: FRAME_MODEL,
        env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
        loader_module: 'mlflow.onnx',
        python_version: PYTHON_VERSION,
      },
    },
    is_signature_from_type_hint: false,
    mlflow_version: MLFLOW_VERSION,
    model_id: identity.modelId,
    model_size_bytes: model.onnx.length,
    model_uuid: identity.uuid,
    prompts: null,
    run_id: identity.runId,
    saved_input_example_info: {
      artifact_path: 'input_example.json',
      pandas_orient: 'split',
      serving_input_path: 'serving_input_example.json',
      type: 'dataframe',
    },
    signature: {
      inputs: JSON.stringify(columnSpecs(schema, identity.wholeFields)),
      outputs: JSON.stringify(outputs(schema)),
      params: null,
    },
    type_hint_from_example: false,
    utc_time_created: utcTime(identity.createdMs),
  };
}

/**
 * Columns as MLflow's signatures and dataset schemas write them. Its client never turns a data frame's integers into floats or the other
 * way round, so whole numbers are `long` here, while our own schema takes any number.
 */
export function columnSpecs({ fields }: ModelSchema, wholeFields: readonly string[]): Record<string, unknown>[] {
  const whole = new Set(wholeFields);
  return fields.map(({ type, name, required }) => ({ type: whole.has(name) ? 'long' : type, name, required }));
}

function outputs({ task, classes }: ModelSchema): Record<string, unknown>[] {
  if (task !== 'classification') return [{ type: 'float', name: 'variable', required: true }];
  return [{ type: typeof classes?.[0] === 'number' ? 'long' : 'string', name: 'label', required: true }];
}

/** `2026-01-31 12:00:00.000000`, as Python prints a time in UTC. */
function utcTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}000`;
}
