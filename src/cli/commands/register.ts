import { openAsBlob, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../terminal/client.ts';
import { ProgressBar } from '../terminal/progress.ts';
import { action, type Session, serverCommand } from '../terminal/server-command.ts';

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
  const fresh = { experiment: options.experiment, name: basename(path), tags: { 'mlflow.source.name': 'trainyard register' } };
  const run = await client.runs.during(fresh, async (run) => {
    const bar = new ProgressBar();
    try {
      for (const [i, { path, from }] of files.entries()) {
        bar.update(i / files.length, `sending ${path}`);
        await run.logArtifact(`model/${path}`, typeof from === 'string' ? await openAsBlob(from) : from.text);
      }
    } finally {
      bar.end();
    }
    return run;
  });
  const { name, alias, description } = options;
  const { version } = await client.registry.register({
    name,
    from: { run, path: 'model' },
    ...(alias === undefined ? {} : { alias }),
    ...(description === undefined ? {} : { description }),
  });
  const answer = { name, version, run_id: run.id, alias: alias ?? null };
  out.result(answer, () => [`models:/${name}/${version}${alias === undefined ? '' : ` (@${alias})`}`]);
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
