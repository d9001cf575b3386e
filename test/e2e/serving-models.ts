import { readFile } from 'node:fs/promises';

/** Registers an ONNX file as a version of a model, without a deployment; plain HTTP, as any client would. */
export async function registerOnnx(url: string, name: string, file: URL, beside: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = `serving-tests/${name}-${Date.now()}`;
  const files: Record<string, string | Uint8Array> = { 'model.onnx': await readFile(file), ...beside };
  for (const [path, body] of Object.entries(files)) {
    const put = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${folder}/${path}`, { method: 'PUT', body: body as string });
    if (!put.ok) throw new Error(`${path}: ${put.status} ${await put.text()}`);
  }
  await post(`${url}/api/2.0/mlflow/registered-models/create`, { name }).catch(() => undefined);
  await post(`${url}/api/2.0/mlflow/model-versions/create`, { name, source: `mlflow-artifacts:/${folder}` });
}

/** Posts JSON and reads JSON. @throws on any status but 2xx */
export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Where the product answers gRPC. */
export async function grpcAddress(url: string): Promise<string> {
  const status = (await (await fetch(`${url}/api/v1/status`)).json()) as { components: { kind: string; state: string; detail: string }[] };
  const found = status.components.find((c) => c.kind === 'grpc' && c.state === 'ok');
  if (!found) throw new Error(`no gRPC: ${JSON.stringify(status.components)}`);
  return found.detail;
}
