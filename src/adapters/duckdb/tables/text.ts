import { isUtf8 } from 'node:buffer';

/** A text, and what was taken for granted to read it. */
export interface DecodedText {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Control characters that no text holds; tab, line feed, form feed, carriage return and Ctrl-Z (an old end of file) do occur. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]/;

/**
 * Text as spreadsheets write it: UTF-8, UTF-16 with its mark, else Windows-1252, the 8-bit encoding of Excel's plain CSV in Western Europe and America.
 *
 * @throws Error with what the bytes are instead
 */
export function decodeText(bytes: Buffer): DecodedText {
  if (bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04') throw new Error('it is a ZIP or Excel file; export it as CSV');
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe) return { text: new TextDecoder('utf-16le').decode(bytes), notes: [] };
  if (mark === 0xfeff) return { text: new TextDecoder('utf-16be').decode(bytes), notes: [] };
  if (bytes.includes(0)) throw new Error('it holds NUL bytes, so it is no text; CSV, TSV (both also as .gz) and Parquet can be read');
  if (isUtf8(bytes)) return { text: notJson(bytes.toString('utf8')), notes: [] };
  const line = badLine(bytes);
  // Read as Windows-1252, all its other letters would become two.
  if (isRatherUtf8(bytes)) throw new Error(`line ${line}: it is not UTF-8 text, as other lines are; save the file as UTF-8`);
  const text = new TextDecoder('windows-1252').decode(bytes);
  if (CONTROL.test(text)) throw new Error(`line ${line}: it is not UTF-8 text; save the file as UTF-8`);
  return { text, notes: [`Line ${line} is not UTF-8, so the file was read as Windows-1252; save it as UTF-8 if letters look wrong.`] };
}

function notJson(text: string): string {
  if (!/^\s*(?:\{\s*"|\[\s*[[{])/.test(text)) return text;
  throw new Error('it is JSON; write it as CSV, for example by pandas.read_json(…).to_csv(…, index=False)');
}

/** Whether more letters beyond ASCII are written as UTF-8 writes them than otherwise: a file that was damaged, cut or put together. */
function isRatherUtf8(bytes: Buffer): boolean {
  let balance = 0;
  for (let i = 0; i < bytes.length; i++) {
    const first = bytes[i]!;
    if (first < 0x80) continue;
    const more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let found = 0;
    while (found < more && (bytes[i + 1 + found]! & 0xc0) === 0x80) found++;
    balance += more > 0 && found === more ? 1 : -1;
    i += found;
  }
  return balance > 0;
}

function badLine(bytes: Buffer): number {
  for (let line = 1, from = 0; ; line++) {
    const end = bytes.indexOf(10, from);
    if (end === -1 || !isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
}
