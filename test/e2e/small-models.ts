import { createServer } from 'node:net';
import { fitPipeline } from '#learners/pipeline.ts';
import { post } from './serving-models.ts';

/** A tree with one column `x` that answers `left` below 3 and `right` above; models with different seeds are the same to callers, not to hashes. */
export function sideModel(cut = 3): Uint8Array {
  const x = Float64Array.from({ length: 60 }, (_, i) => i / 10);
  const table = { rows: x.length, columns: [{ kind: 'number', name: 'x', values: x }] } as const;
  const codes = Int32Array.from(x, (v) => (v < cut ? 0 : 1));
  return fitPipeline(
    table,
    { kind: 'classification', name: 'side', classes: ['left', 'right'], codes },
    { learner: 'tree', seed: 1 },
  ).toOnnx();
}

/** Makes a version of a registered model from an ONNX file. @returns its number */
export async function registerVersion(url: string, name: string, model: Uint8Array): Promise<string> {
  const folder = `small-models/${encodeURIComponent(name)}-${Math.random().toString(36).slice(2)}`;
  const put = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${folder}/model.onnx`, {
    method: 'PUT',
    body: model as Uint8Array<ArrayBuffer>,
  });
  if (!put.ok) throw new Error(`${put.status} ${await put.text()}`);
  await post(`${url}/api/2.0/mlflow/registered-models/create`, { name }).catch(() => undefined);
  const made = await post(`${url}/api/2.0/mlflow/model-versions/create`, { name, source: `mlflow-artifacts:/${folder}` });
  return (made as { model_version: { version: string } }).model_version.version;
}

export async function setAlias(url: string, name: string, version: string, alias = 'production'): Promise<void> {
  await post(`${url}/api/2.0/mlflow/registered-models/alias`, { name, alias, version });
}

export interface VariantSeen {
  readonly role: string;
  readonly version: string | null;
  readonly state: string;
  readonly error?: string;
  readonly detail?: string;
  readonly memory_bytes?: number;
}

export async function deploy(url: string, name: string, variants: readonly { role: string; model: string }[]): Promise<Response> {
  const body = JSON.stringify({ variants });
  return fetch(`${url}/api/v1/deployments/${name}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
}

export async function variantsOf(url: string, name: string): Promise<readonly VariantSeen[]> {
  const answer = await fetch(`${url}/api/v1/deployments/${name}`);
  return ((await answer.json()) as { variants: VariantSeen[] }).variants;
}

/** The version that answered, and what it said. @throws on any status but 200 */
export async function predict(url: string, name: string, x = 1): Promise<{ version: string; prediction: string }> {
  const answer = (await post(`${url}/deployments/${name}/predict`, { features: [x] })) as { model_version: string; prediction: string };
  return { version: answer.model_version, prediction: answer.prediction };
}

export async function componentOf(url: string, name: string): Promise<{ state: string; detail: string } | undefined> {
  const { components } = (await (await fetch(`${url}/api/v1/status`)).json()) as {
    components: { name: string; state: string; detail: string }[];
  };
  return components.find((c) => c.name === name);
}

/** Value of a metric's only or first line that holds all these labels. */
export async function metricOf(url: string, name: string, ...labels: readonly string[]): Promise<number | undefined> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const line = page
    .split('\n')
    .find((l) => (l.startsWith(`${name} `) || l.startsWith(`${name}{`)) && labels.every((label) => l.includes(label)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
