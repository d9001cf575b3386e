import { expect, test } from 'vitest';
import { fileTable } from '#test/harness/file-table.ts';
import { prepare } from '../data/prepare.ts';
import { divide } from './division.ts';

test('folds are judged by the rows that are left without outliers', () => {
  const lines = Array.from({ length: 103 }, (_, i) => (i < 2 ? `${5000 + i},b` : `${(i * 37) % 101},${i === 2 ? 'b' : 'a'}`));
  const prepared = prepare(fileTable(['x,y', ...lines].join('\n')), { target: 'y' });
  const codes = prepared.target.kind === 'classification' ? prepared.target.codes : new Int32Array();
  const rare = codes[0];
  let seen = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { kept, folds, notes } = divide(prepared, { data: 'x', target: 'y', max_z: 3 }, { seed, isChoice: false });
    if (kept.filter((row) => codes[row] === rare).length !== 1) continue;
    seen++;
    expect([folds, notes]).toEqual([0, ['Not cross-validated: some folds would have been fitted on rows of a single class.']]);
  }
  expect(seen).toBeGreaterThan(0);
});
