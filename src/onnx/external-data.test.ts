import { expect, test } from 'vitest';
import { externalFiles, withExternalData } from './external-data.ts';
import { readModel } from './model-reader.ts';
import { WireWriter } from './wire.ts';

const entry = (key: string, value: string) => new WireWriter().text(1, key).text(2, value);

/** A tensor of bytes that stand elsewhere. */
function tensor(name: string, entries: Readonly<Record<string, string>>): WireWriter {
  const out = new WireWriter().int(1, 4).int(2, 2).text(8, name);
  for (const [key, value] of Object.entries(entries)) out.message(13, entry(key, value));
  return out.int(14, 1);
}

/** A model with one tensor among the graph's constants and one in an attribute of a node. */
function model(outer: Readonly<Record<string, string>>, inner: Readonly<Record<string, string>>): Uint8Array {
  const attribute = new WireWriter().text(1, 'value').message(5, tensor('inner', inner));
  const numbers = new WireWriter().text(1, 'many').floats(7, [1, 2, 3]);
  const node = new WireWriter().text(2, 'y').text(4, 'Constant').message(5, numbers).message(5, attribute);
  const graph = new WireWriter().message(1, node).text(2, 'g').message(5, tensor('outer', outer));
  return new WireWriter().int(1, 8).message(7, graph).finish().slice();
}

const bytes = Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2);

test('tensors of other files come into the model, by place', () => {
  const made = model({ location: 'model.data', offset: '4', length: '4' }, { location: './more/w', length: '2' });
  expect(externalFiles(made)).toEqual(['more/w', 'model.data']);
  const files = new Map([
    ['model.data', bytes],
    ['more/w', bytes],
  ]);
  const whole = withExternalData(made, files);
  expect(externalFiles(whole)).toEqual([]);
  expect(readModel(whole)).toMatchObject({ graphName: 'g', operators: ['Constant'], initializerCount: 1 });
  const found = Buffer.from(whole);
  expect(found.includes(Buffer.from([0x4a, 4, 5, 4, 3, 2]))).toBe(true);
  expect(found.includes(Buffer.from([0x4a, 2, 9, 8]))).toBe(true);
});

test('a model with everything inside stays as it is', () => {
  const whole = withExternalData(model({ location: 'a' }, { location: 'a' }), new Map([['a', bytes]]));
  expect(withExternalData(whole, new Map())).toBe(whole);
});

test('files that are missing, too short or elsewhere are refused by name', () => {
  const at = (outer: Readonly<Record<string, string>>) => model(outer, { location: 'a' });
  const files = new Map([['a', bytes]]);
  expect(() => withExternalData(at({ location: 'b' }), files)).toThrow("Its tensors are in 'b', which is not there.");
  expect(() => withExternalData(at({ location: 'a', offset: '6', length: '4' }), files)).toThrow("ends at byte 10 of 'a', which has 8");
  expect(() => withExternalData(at({ location: 'a', offset: 'x' }), files)).toThrow('A tensor ends');
  for (const location of ['../secret', '/etc/passwd', 'a/../../b', ''])
    expect(() => externalFiles(at({ location }))).toThrow('no file beside the model');
});
