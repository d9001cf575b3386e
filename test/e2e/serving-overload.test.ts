import { expect, test } from 'vitest';
import { startProduct } from '#test/harness/product.ts';
import { type Exchanged, exchange } from './inference-callers.ts';
import { slowModel } from './slow-model.ts';
import { deploy, predict, registerVersion } from './small-models.ts';

const JSON_BODY = { 'content-type': 'application/json' };
const CALLERS = 300;

test('more than a slow model can answer is refused at once, with the time to come again; the rest is answered', {
  timeout: 60_000,
}, async () => {
  await using product = await startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: 'off', TRAINYARD__SERVING__MAX_QUEUE_MS: '200' } });
  const { url } = product;
  await registerVersion(url, 'slow', slowModel(200));
  expect((await deploy(url, 'slow', [{ role: 'primary', model: 'models:/slow/1' }])).status).toBe(200);
  // What a row costs is learnt from the first ones.
  for (let i = 0; i < 5; i++) await predict(url, 'slow');
  const plain = (): Promise<Exchanged> => exchange(`${url}/deployments/slow/predict`, '{"features":[1]}', JSON_BODY);
  const input = { name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] };
  const oip = (): Promise<Exchanged> => exchange(`${url}/v2/models/slow/infer`, JSON.stringify({ inputs: [input] }), JSON_BODY);
  const answers = await Promise.all(Array.from({ length: CALLERS }, (_, i) => (i % 2 === 0 ? plain() : oip())));
  const refused = answers.filter(({ status }) => status === 429);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
  expect(answers.length - refused.length).toBeGreaterThan(10);
  for (const { headers, body } of refused) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'SERVING_OVERLOADED_WAIT' });
  }
  expect((await plain()).status).toBe(200);
});
