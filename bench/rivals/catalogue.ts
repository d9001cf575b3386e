import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/services/system.ts';
import type { Environment } from './environments.ts';

/** What a rival is started with. */
export interface Place {
  readonly port: number;
  /** Its working directory, empty at first. */
  readonly folder: string;
  readonly python: string;
  /** The ONNX file that we serve. */
  readonly onnx: string;
}

interface Start {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A model server in Python or C++ that answers one row of Iris from a decision tree. */
export interface Rival {
  readonly environment: Environment;
  /** How many times as many requests per CPU-second we mean to answer. */
  readonly bar: number;
  readonly path: string;
  readonly body: string;
  readonly start: (place: Place) => Promise<Start>;
}

const python = (name: string): string => fileURLToPath(new URL(`./python/${name}.py`, import.meta.url));
const data = fileURLToPath(new URL('../../examples/data/iris.csv', import.meta.url));

const ROW = [5.1, 3.5, 1.4, 0.2];
const NAMED = JSON.stringify({ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 });
const tensor = (datatype: string): string => JSON.stringify({ id: '1', inputs: [{ name: 'rows', shape: [1, 4], datatype, data: ROW }] });

/** A tree fitted by scikit-learn as this environment has it, and kept as joblib. */
async function joblib({ python: interpreter, folder }: Place): Promise<string> {
  const file = join(folder, 'model.joblib');
  await run(interpreter, [python('train_tree'), data, file]);
  return file;
}

/** Environment of a script: its model, its event file, no telemetry. */
const settings = (folder: string, model: string): Record<string, string> => ({
  MODEL: model,
  EVENTS: join(folder, 'events.jsonl'),
  DO_NOT_TRACK: 'true',
  BENTOML_DO_NOT_TRACK: 'True',
  BENTOML_HOME: folder,
  MLFLOW_DISABLE_TELEMETRY: 'true',
  GIT_PYTHON_REFRESH: 'quiet',
});

const script = (name: string, of: (place: Place) => Promise<string>) => async (place: Place) => ({
  program: place.python,
  args: [python(name), String(place.port)],
  env: settings(place.folder, await of(place)),
});

/** Programs of an environment start others of it by name. */
const withPath = (place: Place, env: Record<string, string>) => ({ ...env, PATH: `${dirname(place.python)}:${process.env.PATH ?? ''}` });
const web = ['fastapi', 'uvicorn[standard]', 'prometheus-client'];

const fastapiOnnx: Rival = {
  environment: { name: 'fastapi-onnx', packages: [...web, 'onnxruntime'] },
  bar: 6,
  path: '/predict',
  body: NAMED,
  start: script('fastapi_onnx', async ({ onnx }) => onnx),
};

const fastapiSklearn: Rival = {
  environment: { name: 'fastapi-sklearn', packages: [...web, 'scikit-learn', 'pandas', 'joblib'] },
  bar: 40,
  path: '/predict',
  body: NAMED,
  start: script('fastapi_sklearn', joblib),
};

/** In one process, which is quicker than its default of a worker beside. */
const mlserver: Rival = {
  // With the newest uvloop it ends at once: there is no current event loop.
  environment: { name: 'mlserver', packages: ['mlserver', 'mlserver-sklearn', 'uvloop<0.22'] },
  bar: 15,
  path: '/v2/models/iris/infer',
  body: tensor('FP64'),
  async start(place) {
    const { folder, port } = place;
    const server = { host: '127.0.0.1', http_port: port, grpc_port: port + 1, metrics_port: port + 2, parallel_workers: 0, debug: false };
    const model = { name: 'iris', implementation: 'mlserver_sklearn.SKLearnModel', parameters: { uri: await joblib(place) } };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(server));
    writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(model));
    return { program: join(dirname(place.python), 'mlserver'), args: ['start', folder], env: withPath(place, settings(folder, '')) };
  },
};

const bentoml: Rival = {
  environment: { name: 'bentoml', packages: ['bentoml', 'scikit-learn', 'joblib'] },
  bar: 40,
  path: '/predict',
  body: JSON.stringify({ rows: [ROW] }),
  async start(place) {
    const env = withPath(place, settings(place.folder, await joblib(place)));
    const args = ['serve', 'bentoml_service:Iris', '--host', '127.0.0.1', '--port', String(place.port)];
    return { program: join(dirname(place.python), 'bentoml'), args: [...args, '--working-dir', dirname(python('bentoml_service'))], env };
  },
};

const kserve: Rival = {
  environment: { name: 'kserve', packages: ['kserve', 'scikit-learn', 'joblib'] },
  bar: 20,
  path: '/v2/models/iris/infer',
  body: tensor('FP64'),
  start: script('kserve_model', joblib),
};

const mlflow: Rival = {
  environment: { name: 'mlflow', packages: ['mlflow', 'scikit-learn', 'pandas'] },
  bar: 80,
  path: '/invocations',
  body: JSON.stringify({ dataframe_split: { columns: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'], data: [ROW] } }),
  async start(place) {
    const model = join(place.folder, 'model');
    const env = withPath(place, settings(place.folder, model));
    await run(place.python, ['-W', 'ignore', python('train_tree'), data, model, 'mlflow'], { env });
    const args = ['models', 'serve', '-m', model, '--env-manager', 'local', '-h', '127.0.0.1', '-p', String(place.port), '--workers', '1'];
    return { program: join(dirname(place.python), 'mlflow'), args, env };
  },
};

/** Its own C++ server and dynamic batcher; the wheel brings the Python back end only, so the model runs in onnxruntime there. */
const triton: Rival = {
  // The Python inside is that of Debian 12, and fails with the library of a later 3.11 (RLock._recursion_count).
  environment: { name: 'triton', packages: ['nvidia-pytriton', 'onnxruntime'], interpreter: '/usr/bin/python3' },
  bar: 5,
  path: '/v2/models/iris/infer',
  body: tensor('FP32'),
  start: script('triton_model', async ({ onnx }) => onnx),
};

export const rivals: readonly Rival[] = [fastapiOnnx, triton, mlserver, kserve, fastapiSklearn, bentoml, mlflow];
