import { expect, test } from 'vitest';
import type { Preview } from '#contract/http/platform/training.ts';
import { previewLines } from './train.ts';

const column = (name: string, use: 'feature' | 'left out' | 'target') => ({ name, use, kind: 'number', missing: 0, distinct: 9 }) as const;

test('a wide file is listed in short, with all that is left out', () => {
  const columns = [...Array.from({ length: 60 }, (_, i) => column(`f${i}`, 'feature')), column('id', 'left out'), column('y', 'target')];
  const preview = {
    rows: 100,
    rows_left_out: 0,
    columns,
    schema: { task: 'regression', target: 'y', fields: [] },
    warnings: ['Mind the gap.'],
  } satisfies Preview;
  const short = previewLines(preview, 40);
  expect(short.filter((line) => /^f\d+ /u.test(line))).toHaveLength(40);
  expect(short.join('\n')).toMatch(
    /^id .*left out.*\ny .*target.*\n… and 20 more features; --preview shows all\nwarning: Mind the gap\./mu,
  );
  expect(previewLines(preview).filter((line) => /^f\d+ /u.test(line))).toHaveLength(60);
});
