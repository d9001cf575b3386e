import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ModelSchema } from '#contract/model-schema.ts';
import { fileTable } from '#test/harness/file-table.ts';
import { profileOfUpload } from './choose.ts';

test('digits with leading zeros are numbers for a model that takes numbers there, and words are not', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'trainyard-reference-'));
  const upload = (column: object) => {
    const table = fileTable('hour\n1');
    const tables = { read: async () => ({ ...table, rows: 3, columns: [column] }) as typeof table, close: async () => undefined };
    const body = (async function* () {
      yield Buffer.from('hour');
    })();
    const schema = { fields: [{ name: 'hour', type: 'double', required: true }] } as unknown as ModelSchema;
    return profileOfUpload(body, { tables, dir, maxBytes: 1000, schema });
  };
  try {
    const codes = { name: 'hour', kind: 'text', values: ['07', '23', null], padded: '07' };
    expect((await upload(codes)).columns[0]).toMatchObject({ kind: 'number', min: 7, max: 23, missing: 1 });
    await expect(upload({ name: 'hour', kind: 'text', values: ['a', 'b', null] })).rejects.toThrow('must hold numbers');
  } finally {
    await rm(dir, { recursive: true });
  }
});
