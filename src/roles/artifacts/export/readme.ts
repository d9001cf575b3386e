import type { ModelSchema } from '#contract/model-schema.ts';
import type { ResolvedVersion } from '../../registry/api.ts';
import type { RunSummary } from '../../tracking/api.ts';

/** What the README of an exported model tells. */
export interface Told {
  readonly version: ResolvedVersion;
  readonly run: RunSummary | undefined;
  readonly schema: ModelSchema | undefined;
  /** The ONNX file below the folder; undefined where the model is of another kind. */
  readonly onnx: string | undefined;
  /** Whether the folder holds rows to try the model with. */
  readonly hasRows: boolean;
  readonly files: readonly string[];
}

export const ROWS_FILE = 'example_rows.json';

/** A page for whoever gets the folder: what the model is, how good it was, and code that runs it without us. */
export function readme(told: Told): string {
  const { version, run, schema, onnx } = told;
  const from = run ? `run \`${run.run_id}\` (${run.run_name})` : 'a model that was logged outside of a run';
  return [
    `# ${version.name}, version ${version.version}`,
    version.description,
    `Made on ${new Date(version.created_ms).toISOString().slice(0, 10)} from ${from}.${aliases(version)}`,
    ...(schema ? ['## What it takes and gives', schemaTable(schema)] : []),
    ...(run && Object.keys(run.metrics).length > 0 ? ['## How good it was', metricTable(run)] : []),
    ...(run && run.datasets.length > 0
      ? [`Trained on ${run.datasets.map(({ name, digest }) => `${name} (\`${digest}\`)`).join(', ')}.`]
      : []),
    ...(onnx === undefined ? [OTHER_KIND] : running(onnx, told.hasRows)),
    '## Files',
    told.files.map((file) => `- \`${file}\`${meaning(file, onnx)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

const aliases = ({ aliases: names }: ResolvedVersion): string =>
  names.length === 0 ? '' : ` It was ${names.map((name) => `\`@${name}\``).join(', ')} when it was exported.`;

const cell = (value: unknown): string => String(value ?? '').replace(/[|\n]/gu, ' ');

function schemaTable({ task, target, fields, classes, unit }: ModelSchema): string {
  const gives = classes ? `one of ${classes.map((name) => `\`${name}\``).join(', ')}` : `a number${unit === undefined ? '' : ` (${unit})`}`;
  const rows = fields.map(
    (f) => `| ${cell(f.name)} | ${f.type} | ${f.required ? 'yes' : 'no'} | ${cell(f.example)} | ${cell(f.description)} |`,
  );
  const sentence = task === 'other' ? '' : `${task === 'classification' ? 'Classification' : 'Regression'}: \`${target}\`, ${gives}.\n\n`;
  return `${sentence}| column | type | needed | example | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`;
}

function metricTable({ metrics }: RunSummary): string {
  const rows = Object.entries(metrics).map(([name, value]) => `| ${cell(name)} | ${Number(value.toPrecision(6))} |`);
  return `| metric | value |\n| --- | --- |\n${rows.join('\n')}`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  'signature.json': 'columns in and out, with their types',
  [ROWS_FILE]: 'rows to try it with',
  'metrics.json': 'metrics, parameters and data of the run',
  'trainyard.json': 'the schema that requests were checked against',
  'reference_profile.json': 'the training rows, counted, for watching drift',
  'results/model_comparison.csv': 'the learners that were compared',
  MLmodel: 'makes this folder a model of MLflow: `mlflow.pyfunc.load_model(".")`',
};

function meaning(file: string, onnx: string | undefined): string {
  const text = file === onnx ? 'the model' : MEANINGS[file];
  return text === undefined ? '' : `: ${text}`;
}

const OTHER_KIND = `## Run it

This model is not an ONNX model. With Python and the packages of \`requirements.txt\`:
\`mlflow.pyfunc.load_model(".").predict(frame)\`. Loading it runs code that is stored in it.`;

function running(onnx: string, hasRows: boolean): string[] {
  const file = JSON.stringify(onnx);
  return [
    '## Run it in Python',
    '`pip install onnxruntime numpy`, then in this folder:',
    fenced('python', hasRows ? pythonRows(file) : pythonTensors(file)),
    '## Run it in Node',
    '`npm install onnxruntime-node`, then in this folder, as `predict.mjs`:',
    fenced('js', hasRows ? nodeRows(file) : nodeTensors(file)),
  ];
}

const fenced = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``;

const PYTHON_KINDS = `kinds = {"tensor(string)": object, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": bool}`;

const pythonRows = (file: string): string => `import json

import numpy as np
import onnxruntime

rows = json.load(open("${ROWS_FILE}"))
session = onnxruntime.InferenceSession(${file})
${PYTHON_KINDS}
inputs = session.get_inputs()
feeds = {}
for one in inputs:
    columns = [one.name] if len(inputs) > 1 else list(rows[0])
    values = np.array([[row[column] for column in columns] for row in rows], dtype=kinds.get(one.type, np.float32))
    feeds[one.name] = values if len(one.shape) == 2 else values[:, 0]
for output, values in zip(session.get_outputs(), session.run(None, feeds)):
    print(output.name, np.asarray(values).tolist())`;

const pythonTensors = (file: string): string => `import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(${file})
${PYTHON_KINDS}
feeds = {}
for one in session.get_inputs():
    shape = [size if isinstance(size, int) else 1 for size in one.shape]
    feeds[one.name] = np.zeros(shape, dtype=kinds.get(one.type, np.float32))
for output, values in zip(session.get_outputs(), session.run(None, feeds)):
    print(output.name, np.asarray(values).tolist())`;

const NODE_ARRAYS = `const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array };`;

const nodeRows = (file: string): string => `import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';

const rows = JSON.parse(readFileSync('${ROWS_FILE}', 'utf8'));
const session = await ort.InferenceSession.create(${file});
${NODE_ARRAYS}
const toData = (type, values) => {
  if (type === 'string') return values.map((value) => String(value ?? ''));
  return type === 'int64' ? BigInt64Array.from(values, BigInt) : arrays[type].from(values, (value) => value ?? Number.NaN);
};
const feeds = {};
for (const { name, type, shape } of session.inputMetadata) {
  const columns = session.inputMetadata.length > 1 ? [name] : Object.keys(rows[0]);
  const values = rows.flatMap((row) => columns.map((column) => row[column]));
  feeds[name] = new ort.Tensor(type, toData(type, values), shape.length === 2 ? [rows.length, columns.length] : [rows.length]);
}
const tensors = session.outputMetadata.filter(({ isTensor }) => isTensor).map(({ name }) => name);
for (const [name, { data }] of Object.entries(await session.run(feeds, tensors))) console.log(name, Array.from(data));`;

const nodeTensors = (file: string): string => `import ort from 'onnxruntime-node';

const session = await ort.InferenceSession.create(${file});
${NODE_ARRAYS}
const feeds = {};
for (const { name, type, shape } of session.inputMetadata) {
  const dims = shape.map((size) => (typeof size === 'number' ? size : 1));
  const count = dims.reduce((product, size) => product * size, 1);
  const data = type === 'string' ? Array(count).fill('') : type === 'int64' ? new BigInt64Array(count) : new arrays[type](count);
  feeds[name] = new ort.Tensor(type, data, dims);
}
const tensors = session.outputMetadata.filter(({ isTensor }) => isTensor).map(({ name }) => name);
for (const [name, { data }] of Object.entries(await session.run(feeds, tensors))) console.log(name, Array.from(data));`;
