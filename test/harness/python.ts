import { fileURLToPath } from 'node:url';
import { requireService } from './available.ts';
import { plainEnv, startChild } from './child.ts';

export interface PythonRun {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard output and standard error together. */
  readonly logs: string;
}

/** The interpreter of the environment that holds mlflow, scikit-learn and skl2onnx. @throws if it is not installed (see `describeWith`) */
export async function pythonPath(): Promise<string> {
  return (await requireService('python')).TRAINYARD_PYTHON ?? '';
}

/**
 * Runs a Python script (a path, or `-c` and the text as first argument) to its end. The client libraries are told not to
 * phone home and not to retry for minutes; `env` is added on top.
 */
export async function runPython(script: string | URL, args: readonly string[] = [], env: Environment = {}): Promise<PythonRun> {
  return runWith(await pythonPath(), [typeof script === 'string' ? script : fileURLToPath(script), ...args], env);
}

/** The same in the environment that holds KServe's client. @throws if it is not installed (see `describeWith`) */
export async function runKserve(script: URL, args: readonly string[] = []): Promise<PythonRun> {
  const { TRAINYARD_KSERVE_PYTHON = '' } = await requireService('kserve');
  return runWith(TRAINYARD_KSERVE_PYTHON, [fileURLToPath(script), ...args]);
}

type Environment = Readonly<Record<string, string>>;

async function runWith(python: string, args: readonly string[], env: Environment = {}): Promise<PythonRun> {
  const quiet = {
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
    GIT_PYTHON_REFRESH: 'quiet',
  };
  const child = startChild(python, ['-W', 'ignore', ...args], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: { ...plainEnv(), PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', ...quiet, ...env },
  });
  const { code } = await child.ended;
  return { code, stdout: child.stdout(), logs: child.logs() };
}
