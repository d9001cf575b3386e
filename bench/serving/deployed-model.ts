import { openOnnx } from '../../src/adapters/onnx/open.ts';

/** The ONNX file of a model's first version. */
export async function deployedOnnx(url: string, name: string): Promise<Buffer> {
  const asked = await fetch(`${url}/api/2.0/mlflow/model-versions/get-download-uri?name=${name}&version=1`);
  const { artifact_uri } = (await asked.json()) as { artifact_uri: string };
  const path = artifact_uri.replace(/^mlflow-artifacts:\/+/u, '');
  const answer = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${path}/model.onnx`);
  if (!answer.ok) throw new Error(`${artifact_uri}: ${answer.status} ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

const ROWS = 32;
const RUNS = 500;

/** Milliseconds of a row in a run of 32 Iris rows. */
export async function msPerRow(model: Uint8Array): Promise<number> {
  const inference = openOnnx();
  const session = await inference.load(model, { place: 'here' });
  const data = Float32Array.from({ length: ROWS * 4 }, (_, i) => [5.1, 3.5, 1.4, 0.2][i % 4] as number);
  const feeds = { [session.inputs[0]?.name ?? '']: { type: 'float32', dims: [ROWS, 4], data } } as const;
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const startedAt = performance.now();
    await session.run(feeds);
    times.push(performance.now() - startedAt);
  }
  await inference.close();
  return (times.sort((a, b) => a - b)[RUNS / 2] as number) / ROWS;
}
