import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startProduct } from '#test/harness/product.ts';

const roles = ['--target', 'tracking,registry,artifacts,serving'];

test('a gRPC port that somebody chose and that is taken keeps the product from starting', { timeout: 60_000 }, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const starting = startProduct({ args: roles, env: { TRAINYARD__SERVING__GRPC_PORT: String(port) } });
  const error = (await starting.catch((reason: unknown) => reason)) as Error;
  other.close();
  expect(error.message).toContain(`The gRPC port ${port} on 127.0.0.1 is in use`);
  expect(error.message).toContain('TRAINYARD__SERVING__GRPC_PORT');
  expect(error.message).not.toContain('No address added');
});

test('the usual gRPC port may be taken: the product answers without it and says so', { timeout: 60_000 }, async () => {
  const other = createServer().listen(8001, '127.0.0.1');
  // Where something else holds the port already, that will do.
  await Promise.race([once(other, 'listening'), once(other, 'error')]).catch(() => {});
  await using product = await startProduct({ args: roles });
  const status = (await (await fetch(`${product.url}/api/v1/status`)).json()) as { components: { kind: string; state: string }[] };
  expect(status.components.find((c) => c.kind === 'grpc')).toMatchObject({ state: 'down' });
  const lines = product.logs().trim().split('\n');
  expect(lines.filter((line) => !/^(?:\{|ready )/u.test(line))).toEqual([]);
  const told = lines.filter((line) => /grpc/iu.test(line)).map((line) => JSON.parse(line));
  expect(told).toEqual([
    expect.objectContaining({ level: 'warn', port: 8001, msg: expect.stringContaining('TRAINYARD__SERVING__GRPC_PORT') }),
  ]);
  other.close();
});

test('gRPC can be switched off', { timeout: 60_000 }, async () => {
  await using product = await startProduct({ args: roles, env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
  const status = (await (await fetch(`${product.url}/api/v1/status`)).json()) as { components: { kind: string }[] };
  expect(status.components.some((c) => c.kind === 'grpc')).toBe(false);
});
