import { expect, test } from 'vitest';
import type { ModelSchema } from '#contract/model-schema.ts';
import { interfaceChanges } from './interface-changes.ts';

const live: ModelSchema = {
  task: 'classification',
  target: 'species',
  classes: ['a', 'b'],
  fields: [
    { name: 'length', type: 'double', required: true, min: 0 },
    { name: 'colour', type: 'string', required: false },
  ],
};
const [length, colour] = live.fields as [ModelSchema['fields'][number], ModelSchema['fields'][number]];
const breaking = (next: ModelSchema): string[] =>
  interfaceChanges(live, next).flatMap(({ level, message }) => (level === 'breaks' ? [message] : []));

test('the same interface changes nothing', () => {
  expect(interfaceChanges(live, live)).toEqual([]);
  expect(breaking({ ...live, classes: ['b', 'a'] })).toEqual([]);
});

test('limits that go are told, and break nobody', () => {
  const { min: _, ...unlimited } = length;
  expect(interfaceChanges(live, { ...live, fields: [unlimited, colour] })).toEqual([
    { level: 'note', message: 'Limits of length will no longer be checked.' },
  ]);
});

test('fields that come, go, move or change their type break callers', () => {
  const width = { name: 'width', type: 'double', required: true } as const;
  expect(breaking({ ...live, fields: [length, width] })).toEqual([
    'The file does not take colour, which callers send now.',
    'The file needs width, which callers do not send now.',
  ]);
  expect(breaking({ ...live, fields: [colour, length] })).toEqual([expect.stringContaining('another order')]);
  expect(
    breaking({
      ...live,
      fields: [
        { ...length, type: 'long' },
        { ...colour, required: true },
      ],
    }),
  ).toEqual(['length takes only whole numbers in the file.', 'colour may be left out now, the file needs it.']);
});

test('another kind of answer breaks callers', () => {
  expect(breaking({ ...live, classes: [0, 1] })).toEqual(['Its labels are 0, 1, those of the live version a, b.']);
  expect(breaking({ ...live, task: 'regression', classes: undefined })).toEqual([
    'The file does regression, the live version classification.',
  ]);
});
