import { expect, test } from 'vitest';
import { startProduct } from '#test/harness/product.ts';
import { ready } from './loop-story.ts';

test('the default deployment speaks as a reference system by configuration, and the others do not', { timeout: 120_000 }, async () => {
  await using product = await startProduct({
    args: ['--examples'],
    env: { TRAINYARD__SERVING__COMPAT: 'iris-003', TRAINYARD__SERVING__GRPC_PORT: 'off' },
  });
  const { url } = product;
  await ready({ core: url, serving: url });
  const send = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return [answer.status, await answer.json()];
  };
  expect(await send('/predict', { features: [5.1, 3.5, 1.4, 0.2] })).toEqual([
    200,
    { prediction: [0], prediction_time_seconds: expect.any(Number) },
  ]);
  expect(await send('/predict', { features: [5.1, 3.5, 1.4] })).toEqual([
    422,
    {
      detail: [
        {
          loc: ['body', 'features'],
          msg: 'ensure this value has at least 4 items',
          type: 'value_error.list.min_items',
          ctx: { limit_value: 4 },
        },
      ],
    },
  ]);
  expect(await send('/deployments/housing/predict', { features: [8.3, 41, 6.9, 1, 322, 2.5, 37.9, -122.2] })).toMatchObject([
    200,
    { deployment: 'housing' },
  ]);
  expect((await fetch(`${url}/`, { redirect: 'manual' })).status).toBe(307);
  const health = async () => (await fetch(`${url}/health`)).json();
  expect(await health()).not.toHaveProperty('checks');
  const changed = await fetch(`${url}/api/v1/deployments/housing`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ variants: [{ role: 'primary', model: 'models:/housing/1' }], default: true, compat: 'housing-002' }),
  });
  expect(changed.status).toBe(200);
  const check = { percent: expect.any(Number), status: expect.stringMatching(/^(?:ok|warning|critical)$/u), message: expect.any(String) };
  expect(await health()).toMatchObject({
    status: 'healthy',
    model_loaded: true,
    checks: {
      system: {
        status: check.status,
        cpu: { ...check, cores: expect.any(Number) },
        memory: { ...check, available_gb: expect.any(Number), total_gb: expect.any(Number) },
        disk: { ...check, free_gb: expect.any(Number), total_gb: expect.any(Number) },
      },
      model: { loaded: true, model_type: 'housing', feature_count: 8, scaler_available: true, available_model_files: ['housing_v1.onnx'] },
    },
  });
});
