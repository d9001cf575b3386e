import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, type Service, servicesHome, writeRecord } from './service.ts';
import { aptInstall, run } from './system.ts';
import { installPackages, interpreterOf } from './virtual-env.ts';

/**
 * The unmodified clients that the tests drive us with, the newest of each that installs; pinned are the makers and converters of models, whose answers
 * tests compare with ours. XGBoost's usual wheel brings 300 MB for graphics cards along, so it is the one without. Changing the list brings an
 * environment that is there up to it.
 */
const packages = [
  'mlflow',
  'scikit-learn',
  'pandas',
  'onnxruntime',
  'requests',
  'tritonclient[http,grpc]',
  'onnx==1.23.2',
  'skl2onnx==1.20.0',
  'onnxmltools==1.16.0',
  'lightgbm==4.7.0',
  'xgboost-cpu==3.2.0',
];

interface Stamp {
  readonly packages: readonly string[];
  readonly versions: string;
}

const folder = (): string => join(servicesHome(), 'python');
const interpreter = (): string => interpreterOf(folder());

function stamp(): Stamp | null {
  const found = readRecord<Stamp>('python');
  const current = found !== null && found.packages.join() === packages.join() && existsSync(interpreter());
  return current ? found : null;
}

export const python: Service = {
  name: 'python',
  summary: 'a Python environment with the real MLflow and Triton clients, scikit-learn, LightGBM, XGBoost and their ONNX converters',
  installed: () => stamp()?.versions ?? null,
  async install() {
    const versions = await installPackages(folder(), packages);
    // Its wheel leaves the OpenMP library to the system, and a bare one has none.
    if ((await run(interpreter(), ['-c', 'import lightgbm']).catch(() => null)) === null) await aptInstall('libgomp1');
    writeRecord('python', { packages, versions } satisfies Stamp);
  },
  async env() {
    return stamp() === null ? null : { TRAINYARD_PYTHON: interpreter() };
  },
};
