import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { runKserve, runPython } from '#test/harness/python.ts';
import { ready } from './loop-story.ts';
import { grpcAddress, registerOnnx } from './serving-models.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct({ args: ['--examples'], env: { TRAINYARD__SERVING__GRPC_PORT: '0' } });
  await ready({ core: product.url, serving: product.url });
  await registerOnnx(product.url, 'every-type', new URL('../fixtures/onnx/every-type.onnx', import.meta.url));
}, 120_000);

afterAll(async () => {
  await product?.[Symbol.asyncDispose]();
});

describeWith('python', 'clients of other serving systems', () => {
  async function story(name: string, args: readonly string[]): Promise<void> {
    const { code, stdout, logs } = await runPython(new URL(`./python/${name}`, import.meta.url), args);
    expect(code, logs).toBe(0);
    expect(stdout).toMatch(/^ok$/mu);
  }

  test('the unmodified Triton client over HTTP, with its default binary tensors', { timeout: 90_000 }, async () => {
    await story('triton_http.py', [new URL(product.url).host, 'every-type']);
  });

  test('the unmodified Triton client over gRPC, and typed contents as other clients send them', { timeout: 90_000 }, async () => {
    await story('triton_grpc.py', [await grpcAddress(product.url), 'every-type']);
  });

  test("MLflow's scoring client, and models that MLflow logged", { timeout: 120_000 }, async () => {
    await story('mlflow_scoring.py', [product.url]);
  });
});

describeWith('kserve', 'the unmodified KServe client', () => {
  test('over V1, the inference protocol in JSON and binary, and gRPC', { timeout: 90_000 }, async () => {
    const args = [product.url, await grpcAddress(product.url), 'every-type'];
    const { code, stdout, logs } = await runKserve(new URL('./python/kserve_client.py', import.meta.url), args);
    expect(code, logs).toBe(0);
    expect(stdout).toMatch(/^ok$/mu);
  });
});
