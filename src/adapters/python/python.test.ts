import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import type { PythonModel } from '#ports/inference.ts';
import { readFrames, writeFrame } from './frames.ts';
import { openPythonModels } from './open.ts';
import { cellsOf, inputOf, tensorsOf } from './tensors.ts';

const models = openPythonModels({ logger: silentLogger });
afterAll(() => models.close());

const model: PythonModel = { label: 'churn version 3', files: (async function* () {})(), columns: [] };
const limits = { executable: 'python3', memoryBytes: 2 ** 30, loadTimeoutMs: 20_000, runTimeoutMs: 1000 };

test('frames come whole, however they are cut', () => {
  const wire = new PassThrough();
  const sent = [{ id: 1, text: 'žluťoučký' }, { id: 2 }, { id: 3, data: Array.from({ length: 500 }, (_, i) => i) }];
  for (const value of sent) writeFrame(wire, value);
  const bytes = wire.read() as Buffer;
  for (const step of [1, 3, 7, bytes.length]) {
    const cut = new PassThrough();
    const got: unknown[] = [];
    readFrames(
      cut,
      (value) => got.push(value),
      () => got.push('broken'),
    );
    for (let at = 0; at < bytes.length; at += step) cut.emit('data', bytes.subarray(at, at + step));
    expect(got).toEqual(sent);
  }
});

test('bytes that are no frames are told', () => {
  const outcomes = [Buffer.from([255, 255, 255, 255, 1]), Buffer.from([2, 0, 0, 0, 0x7b, 0x7b])].map((bytes) => {
    const wire = new PassThrough();
    const got: unknown[] = [];
    readFrames(
      wire,
      (value) => got.push(value),
      () => got.push('broken'),
    );
    wire.emit('data', bytes);
    return got;
  });
  expect(outcomes).toEqual([['broken'], ['broken']]);
});

test('missing values are null where a column may miss them', () => {
  const columns = [
    { name: 'n', type: 'long', required: false },
    { name: 't', type: 'string', required: false },
    { name: 's', type: 'string', required: true },
  ] as const;
  expect(columns.map((c) => inputOf(c).type)).toEqual(['float64', 'string', 'string']);
  const feeds = {
    n: { type: 'float64', dims: [2, 1], data: Float64Array.of(3, Number.NaN) },
    t: { type: 'string', dims: [2, 1], data: ['', 'x'] },
    s: { type: 'string', dims: [2, 1], data: ['', 'y'] },
  } as const;
  expect(cellsOf(feeds, columns)).toEqual([
    [3, null],
    [null, 'x'],
    ['', 'y'],
  ]);
  expect(cellsOf({ ...feeds, t: { ...feeds.t, data: ['x'] } }, columns)).toBeUndefined();
});

test('answers become tensors of their own kind', () => {
  const told = tensorsOf([
    { name: 'label', type: 'int64', dims: [2], data: [1, 0] },
    { name: 'share', type: 'float64', dims: [2, 1], data: [0.5, null] },
  ]);
  expect(told['label']).toEqual({ type: 'int64', dims: [2], data: BigInt64Array.of(1n, 0n) });
  expect(told['share']?.data).toEqual(Float64Array.of(0.5, Number.NaN));
});

test('an interpreter that is not there, or is none, is told with the model', async () => {
  await expect(models.start(model, { ...limits, executable: '/no/such/python' })).rejects.toMatchObject({
    name: 'PYTHON_MODEL_UNSERVABLE',
    message: expect.stringMatching(/^churn version 3 cannot be served by Python: '\/no\/such\/python' does not start/u),
  });
  await expect(models.start(model, { ...limits, executable: process.execPath })).rejects.toMatchObject({
    name: 'PYTHON_MODEL_UNSERVABLE',
    message: expect.stringContaining('ended (code 9) while it was loaded'),
  });
});

test('a model that does not load in time is given up', async () => {
  const hanging = fileURLToPath(new URL('../../../test/fixtures/hang.sh', import.meta.url));
  await expect(models.start(model, { ...limits, executable: hanging, loadTimeoutMs: 200 })).rejects.toThrow('did not load within 0.2 s');
});

test('folders of programs that were killed are removed, those of running ones stay', async () => {
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const [left, kept] = [join(tmpdir(), `trainyard-python-${gone}-test`), join(tmpdir(), `trainyard-python-${process.ppid}-test`)];
  await Promise.all([left, kept].map((folder) => mkdir(folder, { recursive: true })));
  const fresh = openPythonModels({ logger: silentLogger });
  await fresh.start(model, { ...limits, executable: '/no/such/python' }).catch(() => undefined);
  expect([existsSync(left), existsSync(kept)]).toEqual([false, true]);
  await rm(kept, { recursive: true });
});
