import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, startProduct } from '#test/harness/product.ts';
import { exchange, GrpcCaller } from './inference-callers.ts';
import { type FuzzedModel, type FuzzRequest, inferenceRequests } from './inference-requests.ts';
import { grpcAddress, post, registerOnnx } from './serving-models.ts';
import { deploy, registerVersion, sideModel } from './small-models.ts';

/** TRAINYARD_FUZZ_REQUESTS says how many instead; from 20,000 on memory is looked at too. */
const REQUESTS = Number(process.env.TRAINYARD_FUZZ_REQUESTS ?? 2500);
const MEMORY_FROM = 20_000;
/** Of google.rpc.Code: UNKNOWN, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_FAULTS = [2, 13, 14, 15];

let product: Product;
let grpc: GrpcCaller;
let models: FuzzedModel[];

beforeAll(async () => {
  product = await startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: '0' } });
  const { url } = product;
  grpc = new GrpcCaller(await grpcAddress(url));
  await registerOnnx(url, 'every-type', new URL('../fixtures/onnx/every-type.onnx', import.meta.url));
  await registerVersion(url, 'side', sideModel());
  expect((await deploy(url, 'side', [{ role: 'primary', model: 'models:/side/1' }])).status).toBe(200);
  models = await Promise.all(['every-type', 'side'].map((name) => described(url, name)));
}, 60_000);

afterAll(async () => {
  grpc.close();
  await product[Symbol.asyncDispose]();
});

async function described(url: string, name: string): Promise<FuzzedModel> {
  const { inputs } = (await (await fetch(`${url}/v2/models/${name}`)).json()) as {
    inputs: { name: string; datatype: string; shape: number[] }[];
  };
  return { name, inputs: inputs.map((i) => ({ name: i.name, datatype: i.datatype, columns: Math.max(1, i.shape[1] as number) })) };
}

const tally = { taken: 0, refused: 0 };

/** What is wrong with the answer, if anything. */
async function fault(request: FuzzRequest): Promise<string | undefined> {
  if (request.by === 'grpc') {
    const answer = await grpc.infer(request.body);
    if (!(answer instanceof Error)) tally.taken++;
    else tally.refused++;
    return answer instanceof Error && SERVER_FAULTS.includes(answer.code) ? `${answer.code} ${answer.details}` : undefined;
  }
  const { status, body } = await exchange(`${product.url}${request.path}`, request.body, request.headers);
  if (status === 200) tally.taken++;
  else tally.refused++;
  if (status >= 500) return `${status} ${body}`;
  if (status === 200) return undefined;
  const { error } = JSON.parse(body.toString()) as { error?: unknown };
  return typeof error === 'string' && error.length > 0 ? undefined : `${status} without a reason: ${body}`;
}

const residentMb = (): number => Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${product.pid}/status`, 'utf8'))?.[1]) / 1024;

const shown = (request: FuzzRequest): string =>
  JSON.stringify(request.by === 'grpc' ? { grpc: request.body.toString('hex') } : { ...request, body: request.body.toString('latin1') });

async function attack(requests: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inferenceRequests(models), async (request) => {
      const wrong = await fault(request);
      if (wrong !== undefined) throw new Error(`${wrong}\n${shown(request)}`);
    }),
    { numRuns: requests },
  );
}

test('whatever is sent as tensors is answered or refused with a reason, and leaves nothing behind', { timeout: 3_600_000 }, async () => {
  const tenth = Math.ceil(REQUESTS / 10);
  const memory: number[] = [];
  for (let sent = 0; sent < REQUESTS; sent += tenth) {
    await attack(tenth);
    memory.push(Math.round(residentMb()));
  }
  process.stderr.write(`${tally.taken} taken, ${tally.refused} refused; resident after each tenth: ${memory.join(', ')} MiB\n`);
  expect(tally.taken).toBeGreaterThan(REQUESTS / 10);
  expect(tally.refused).toBeGreaterThan(REQUESTS / 10);
  if (REQUESTS >= MEMORY_FROM) expect(memory.at(-1)).toBeLessThan(1.25 * (memory[2] as number));
  expect(await post(`${product.url}/deployments/side/predict`, { features: [5] })).toMatchObject({ prediction: 'right' });
  expect((await fetch(`${product.url}/readyz`)).status).toBe(200);
  expect(product.logs()).not.toMatch(/"level":"(?:error|fatal)"/u);
});
