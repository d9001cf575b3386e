import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { localModel } from '../convert/model-source.ts';
import { type Converted, Converter, type Inspected } from '../convert/program.ts';
import { CliError } from '../terminal/client.ts';
import { sendVersion } from '../terminal/send-version.ts';
import { action, decimal, type Session, serverCommand } from '../terminal/server-command.ts';

interface ConvertOptions {
  readonly out?: string;
  readonly inputExample?: string;
  readonly register?: string;
  readonly alias?: string;
  readonly python: string;
  readonly tolerance: number;
  readonly trust?: boolean;
  readonly check?: boolean;
}

/** `trainyard convert`: a model of scikit-learn, LightGBM or XGBoost becomes an ONNX file that answers the same. */
export function convertCommand(): Command {
  const examples = [
    'trainyard convert model.pkl --input-example rows.csv --out model.onnx --trust',
    'trainyard convert models:/churn/3 --register churn-onnx --alias production',
    'trainyard convert model.joblib --check --python .venv/bin/python',
  ];
  const python = process.env['TRAINYARD__SERVING__PYTHON__EXECUTABLE'] || 'python3';
  return serverCommand('convert', 'turn a scikit-learn, LightGBM or XGBoost model into ONNX and prove that it answers the same', examples)
    .argument('<model>', 'file (.pkl, .joblib, .skops, .txt, .json, .ubj), MLflow model folder, models:/… or runs:/…')
    .option('--out <file>', 'ONNX file to write')
    .option('--input-example <file>', 'rows to compare on, CSV or JSON; without it those of the model, else made-up numbers')
    .option('--register <name>', 'make it a version of this registered model')
    .option('--alias <alias>', 'alias to set on the new version')
    .option('--python <path>', 'Python that has the packages', python)
    .option('--tolerance <number>', 'largest difference, relative to values above 1', decimal(0), 1e-5)
    .option('--trust', 'run code that stands in the file: a pickle is a program')
    .option('--check', 'only tell what the model is and whether the packages are there')
    .action(action(convert));
}

async function convert(session: Session, raw: Readonly<Record<string, unknown>>, model: string): Promise<void> {
  const options = raw as unknown as ConvertOptions;
  if (options.check !== true && options.out === undefined && options.register === undefined)
    throw new CliError('Say where the ONNX model goes: --out FILE, --register NAME, or both.', { exitCode: 2 });
  const { inputExample: example } = options;
  if (example !== undefined && !existsSync(example)) throw new CliError(`There is no '${example}'.`, { exitCode: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-convert-'));
  try {
    const path = await localModel(session.client, model, folder);
    const converter = new Converter(options.python, folder);
    const inspected = await converter.inspect(path);
    if (options.check === true) return session.out.result(inspected, () => inspectedLines(inspected));
    await askTrust(inspected, { model, isTrusted: options.trust === true });
    session.out.note(`${inspected.library} ${inspected.versions[packageOf(inspected)] ?? ''} with Python ${inspected.python}`);
    const made = join(folder, 'model.onnx');
    const args = ['--out', made, '--tolerance', String(options.tolerance)];
    const converted = await converter.convert(path, example === undefined ? args : [...args, '--example', resolve(example)]);
    if (converted.differing > 0) throw unequal(converted, options.tolerance);
    await deliver(session, { options, model, made, converted });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Delivery {
  readonly options: ConvertOptions;
  readonly model: string;
  readonly made: string;
  readonly converted: Converted;
}

async function deliver(session: Session, { options, model, made, converted }: Delivery): Promise<void> {
  const { out, register, alias } = options;
  if (out !== undefined) await copyFile(made, out);
  const { rows, source, max_difference } = converted;
  const fresh = { experiment: 'converted-models', name: basename(model), tags: { 'trainyard.converted_from': model } };
  const files = [
    { path: 'MLmodel', from: { text: mlmodelOf(converted) } },
    { path: 'model.onnx', from: made },
  ];
  const sent = register === undefined ? undefined : await sendVersion(session, { name: register, files, fresh, alias });
  const registered = sent && { name: register, version: sent.version, run_id: sent.runId, alias: alias ?? null };
  const answer = { class: converted.class, rows, source, max_difference, ...(out ? { out } : {}), ...(registered ? { registered } : {}) };
  session.out.result(answer, () => [
    `${converted.class}: ${rows} rows of ${source} answered alike, largest difference ${(max_difference ?? 0).toExponential(1)}`,
    ...(out === undefined ? [] : [`written to ${out}`]),
    ...(registered ? [`models:/${registered.name}/${registered.version}${alias === undefined ? '' : ` (@${alias})`}`] : []),
  ]);
}

function unequal({ differing, differing_rows, rows, source, max_difference }: Converted, tolerance: number): CliError {
  const gap = max_difference === null ? 'one of them gave no number' : `largest difference ${max_difference.toExponential(2)}`;
  return new CliError(
    `The ONNX form does not answer the same: ${differing} of ${rows} rows of ${source} differ (${gap}, allowed ${tolerance}); rows ${differing_rows.join(', ')}. Nothing was written.`,
    { hint: 'ONNX models count in float32: scale large numbers down before training, or allow more with --tolerance.' },
  );
}

/** A pickle is a program: it is run only where a person says so. */
async function askTrust({ runs_code, file }: Inspected, { model, isTrusted }: { model: string; isTrusted: boolean }): Promise<void> {
  if (!runs_code || isTrusted) return;
  const warning = `'${file}' of '${model}' is read by running it: a pickle can do anything that you can do on this machine.`;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new CliError(warning, { hint: 'If you know where it comes from, say --trust.', exitCode: 2 });
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const said = await prompt.question(`${warning}\nRun it? Type yes: `);
  prompt.close();
  if (said.trim().toLowerCase() !== 'yes') throw new CliError('Not converted.', { exitCode: 2 });
}

function packageOf({ library }: Inspected): string {
  return library === 'sklearn' ? 'scikit-learn' : library;
}

function inspectedLines({ library, format, file, runs_code, python, executable, versions }: Inspected): string[] {
  const found = Object.entries(versions).map(([name, version]) => `  ${name} ${version}`);
  const code = runs_code ? '; reading it runs code, so it needs --trust' : '';
  return [`${file}: ${library} as ${format}${code}`, `Python ${python} (${executable}) has all that it takes:`, ...found];
}

/** MLflow's folder around the ONNX file, with the columns as its signature. */
function mlmodelOf({ inputs }: Converted): string {
  return `flavors:
  onnx:
    data: model.onnx
    providers:
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
signature:
  inputs: ${JSON.stringify(JSON.stringify(inputs))}
  outputs: null
  params: null
`;
}
