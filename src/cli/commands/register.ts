import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { CliError, type Client } from '../terminal/client.ts';
import { ProgressBar } from '../terminal/progress.ts';
import { action, type Session, serverCommand } from '../terminal/server-command.ts';

const api = '/api/2.0/mlflow';

interface RegisterOptions {
  readonly name: string;
  readonly alias?: string;
  readonly experiment: string;
  readonly description?: string;
}

/** One file of the model's folder: where it is, or what it holds. */
interface ModelFile {
  readonly path: string;
  readonly from: string | { readonly text: string };
}

/** `trainyard register`: an ONNX file or a folder with an MLmodel file becomes a version of a registered model. */
export function registerCommand(): Command {
  const examples = [
    'trainyard register model.onnx --name churn --alias production',
    'trainyard register mlruns/1/models/m-1/artifacts --name churn',
  ];
  return serverCommand('register', 'make an ONNX file or an MLflow model folder a version of a registered model', examples)
    .argument('<path>', 'ONNX file, or folder with an MLmodel file')
    .requiredOption('--name <name>', 'registered model')
    .option('--alias <alias>', 'alias to set on the new version')
    .option('--experiment <name>', 'experiment of the run that keeps the files', 'registered-from-files')
    .option('--description <text>', 'what the version is')
    .action(action(register));
}

async function register({ client, out }: Session, raw: Readonly<Record<string, unknown>>, path: string): Promise<void> {
  const options = raw as unknown as RegisterOptions;
  const files = filesOf(path);
  const run = await createRun(client, options.experiment, path);
  const root = /^mlflow-artifacts:\/*(.+)$/u.exec(run.artifact_uri)?.[1];
  if (root === undefined)
    throw new CliError(
      `Runs of experiment '${options.experiment}' keep files at ${run.artifact_uri}, where this server takes none; use --experiment.`,
    );
  const bar = new ProgressBar();
  try {
    for (const [i, file] of files.entries()) {
      bar.update(i / files.length, `sending ${file.path}`);
      await send(client, `/api/2.0/mlflow-artifacts/artifacts/${encode(`${root}/model/${file.path}`)}`, file);
    }
  } finally {
    bar.end();
  }
  await client.post(`${api}/runs/update`, { run_id: run.run_id, status: 'FINISHED', end_time: Date.now() });
  const version = await createVersion(client, options, run);
  if (options.alias !== undefined)
    await client.post(`${api}/registered-models/alias`, { name: options.name, alias: options.alias, version });
  const answer = { name: options.name, version, run_id: run.run_id, alias: options.alias ?? null };
  out.result(answer, () => [`models:/${options.name}/${version}${options.alias === undefined ? '' : ` (@${options.alias})`}`]);
}

function filesOf(path: string): ModelFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new CliError(`There is no '${path}'.`, { exitCode: 2 });
  if (found.isFile()) {
    if (!path.endsWith('.onnx'))
      throw new CliError(`'${basename(path)}' is no .onnx file; for other models name the folder that holds MLmodel.`, { exitCode: 2 });
    return [
      { path: 'MLmodel', from: { text: PLAIN_MLMODEL } },
      { path: 'model.onnx', from: path },
    ];
  }
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names
    .map((entry) => join(entry.parentPath, entry.name))
    .map((from) => ({ path: relative(path, from).split(sep).join('/'), from }));
  if (!files.some((file) => file.path === 'MLmodel')) throw new CliError(`'${path}' holds no MLmodel file.`, { exitCode: 2 });
  return files;
}

/** What makes a folder with a bare ONNX file an MLflow model. */
const PLAIN_MLMODEL = `flavors:
  onnx:
    data: model.onnx
    providers:
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
`;

const encode = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

async function send(client: Client, path: string, { from }: ModelFile): Promise<void> {
  if (typeof from === 'string') return client.sendFile('PUT', path, from);
  const response = await client.send('PUT', path, { body: from.text, type: 'application/octet-stream' });
  if (!response.ok) throw new CliError(`PUT ${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

interface Run {
  readonly run_id: string;
  readonly artifact_uri: string;
}

async function createRun(client: Client, experiment: string, path: string): Promise<Run> {
  const tags = [{ key: 'mlflow.source.name', value: 'trainyard register' }];
  const body = { experiment_id: await experimentId(client, experiment), run_name: basename(path), start_time: Date.now(), tags };
  const { run } = await client.post<{ run: { info: Run } }>(`${api}/runs/create`, body);
  return run.info;
}

async function experimentId(client: Client, name: string): Promise<string> {
  const response = await client.send('GET', `${api}/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`);
  if (response.ok) return ((await response.json()) as { experiment: { experiment_id: string } }).experiment.experiment_id;
  return (await client.post<{ experiment_id: string }>(`${api}/experiments/create`, { name })).experiment_id;
}

async function createVersion(client: Client, { name, description }: RegisterOptions, run: Run): Promise<string> {
  const made = await client.send('POST', `${api}/registered-models/create`, { body: JSON.stringify({ name }), type: 'application/json' });
  const problem = made.ok ? '' : await made.text();
  if (!made.ok && !problem.includes('RESOURCE_ALREADY_EXISTS'))
    throw new CliError(`The model '${name}' could not be made: ${problem.slice(0, 500)}`);
  const body = { name, source: `${run.artifact_uri}/model`, run_id: run.run_id, ...(description === undefined ? {} : { description }) };
  const { model_version } = await client.post<{ model_version: { version: string } }>(`${api}/model-versions/create`, body);
  return String(model_version.version);
}
