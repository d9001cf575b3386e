import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, type Service, servicesHome, writeRecord } from './service.ts';
import { aptInstall, run, which } from './system.ts';

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
const interpreter = (): string => join(folder(), 'bin', 'python');

function stamp(): Stamp | null {
  const found = readRecord<Stamp>('python');
  const current = found !== null && found.packages.join() === packages.join() && existsSync(interpreter());
  return current ? found : null;
}

/** Debian splits venv out of Python; where it is missing it comes from apt. */
async function requireVenv(): Promise<void> {
  if (which('python3') === null) return aptInstall('python3', 'python3-venv');
  const complete = await run('python3', ['-c', 'import ensurepip, venv']).catch(() => null);
  if (complete === null) await aptInstall('python3-venv');
}

export const python: Service = {
  name: 'python',
  summary: 'a Python environment with the real MLflow and Triton clients, scikit-learn, LightGBM, XGBoost and their ONNX converters',
  installed: () => stamp()?.versions ?? null,
  async install() {
    await requireVenv();
    const isUsable = existsSync(interpreter()) && (await run(interpreter(), ['-c', 'import pip']).catch(() => null)) !== null;
    if (!isUsable) {
      rmSync(folder(), { recursive: true, force: true });
      await run('python3', ['-m', 'venv', folder()]);
    }
    await run(interpreter(), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', ...packages]);
    const names = JSON.stringify(packages.map((name) => name.replace(/(?:\[|==).*/u, '')));
    const report = `from importlib.metadata import version as v; print(' '.join(f'{p} {v(p)}' for p in ${names}))`;
    const versions = (await run(interpreter(), ['-c', report])).trim();
    writeRecord('python', { packages, versions } satisfies Stamp);
  },
  async env() {
    return stamp() === null ? null : { TRAINYARD_PYTHON: interpreter() };
  },
};
