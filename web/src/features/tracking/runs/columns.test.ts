import { expect, test } from 'vitest';
import { columnOf, quotedKey, standardColumns } from './columns.ts';

test('a column is read back from its id, with a key of any form', () => {
  expect(columnOf('metrics.val/loss 1.5')).toMatchObject({
    title: 'val/loss 1.5',
    field: 'metrics.val/loss 1.5',
    orderBy: 'metrics.`val/loss 1.5`',
  });
  expect(columnOf('status')).toMatchObject({ title: 'State', field: undefined });
  expect(columnOf('nonsense')).toBeUndefined();
  expect(columnOf('params.')).toBeUndefined();
  expect(quotedKey('params', 'a`b')).toBe('params."a`b"');
});

test('until somebody chooses, held-out figures come before training ones and system metrics are left out', () => {
  const columns = standardColumns({ metrics: ['system/cpu', 'train_loss', 'test_accuracy'], params: ['depth'] });
  expect(columns.filter((id) => id.startsWith('metrics.'))).toEqual(['metrics.test_accuracy', 'metrics.train_loss']);
  expect(columns).toContain('params.depth');
});
