import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../terminal/client.ts';
import { type ModelFile, sendVersion } from '../terminal/send-version.ts';
import { action, type Session, serverCommand } from '../terminal/server-command.ts';

interface RegisterOptions {
  readonly name: string;
  readonly alias?: string;
  readonly experiment: string;
  readonly description?: string;
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

async function register(session: Session, raw: Readonly<Record<string, unknown>>, path: string): Promise<void> {
  const options = raw as unknown as RegisterOptions;
  const { name, alias } = options;
  const fresh = { experiment: options.experiment, name: basename(path), tags: { 'mlflow.source.name': 'trainyard register' } };
  const { version, runId } = await sendVersion(session, { ...options, fresh, files: filesOf(path) });
  const answer = { name, version, run_id: runId, alias: alias ?? null };
  session.out.result(answer, () => [`models:/${name}/${version}${alias === undefined ? '' : ` (@${alias})`}`]);
}

function filesOf(path: string): ModelFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new CliError(`There is no '${path}'.`, { exitCode: 2 });
  if (found.isFile()) {
    if (!path.endsWith('.onnx'))
      throw new CliError(`'${basename(path)}' is no .onnx file; for other models name the folder that holds MLmodel.`, { exitCode: 2 });
    return [{ path: 'MLmodel', from: { text: PLAIN_MLMODEL } }, { path: 'model.onnx', from: path }, ...tensorFiles(path)];
  }
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names
    .map((entry) => join(entry.parentPath, entry.name))
    .map((from) => ({ path: relative(path, from).split(sep).join('/'), from }));
  if (!files.some((file) => file.path === 'MLmodel')) throw new CliError(`'${path}' holds no MLmodel file.`, { exitCode: 2 });
  return files;
}

/** Files beside an ONNX file in which exporters keep its large tensors: model.onnx.data, model.onnx_data, model.weights. */
function tensorFiles(path: string): ModelFile[] {
  const own = basename(path);
  const stem = own.slice(0, -'.onnx'.length);
  const rest = (name: string): string =>
    name.startsWith(own) ? name.slice(own.length) : name.startsWith(stem) ? name.slice(stem.length) : '';
  const names = readdirSync(dirname(path)).filter((name) => /^[._](?:data|weights|bin)$/u.test(rest(name)));
  return names.map((name) => ({ path: name, from: join(dirname(path), name) }));
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
