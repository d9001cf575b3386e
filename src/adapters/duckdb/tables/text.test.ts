import { expect, test } from 'vitest';
import { decodeText } from './text.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test('text of Western Europe without UTF-8 is read, however many letters it has', () => {
  for (const text of ['Göttingen;1\n', 'É\u00bbx;É\u00bb;é;ü;ß;ñ\n', 'prix;5 \u00a3\n']) {
    const { text: read, notes } = decodeText(latin1(text));
    expect(read).toBe(text);
    expect(notes.join()).toMatch(/Windows-1252/);
  }
});

test('a UTF-8 file with a damaged place is refused with its line and not read as something else', () => {
  const damaged = Buffer.concat([Buffer.from('name\nMüller\nMünchen\n'), latin1('é\n')]);
  expect(() => decodeText(damaged)).toThrow('line 4: it is not UTF-8');
  const cut = Buffer.from('name\nMüller\nMünchen 5 €').subarray(0, -1);
  expect(() => decodeText(cut)).toThrow('line 3: it is not UTF-8');
});
