import { readFileSync } from 'node:fs';
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
    ...(schema && schema.fields.length > 0 ? ['## What it takes and gives', schemaTable(schema)] : []),
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
    fenced('python', template(hasRows ? 'python-rows' : 'python-tensors', file)),
    '## Run it in Node',
    '`npm install onnxruntime-node`, then in this folder, as `predict.mjs`:',
    fenced('js', template(hasRows ? 'node-rows' : 'node-tensors', file)),
  ];
}

const fenced = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``;

/** Code that is handed on, not run here: it lies in files of its own. */
function template(name: string, file: string): string {
  const text = readFileSync(new URL(`./templates/${name}.txt`, import.meta.url), 'utf8');
  return text.trimEnd().replaceAll('MODEL_FILE', () => file);
}
