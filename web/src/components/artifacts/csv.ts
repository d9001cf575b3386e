/** Rows of comma or tab separated text (RFC 4180), at most `most`; the last one is left out when the text was cut. */
export function parseTable(
  text: string,
  separator: ',' | '\t',
  { most, isCut }: { readonly most: number; readonly isCut: boolean },
): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let i = 0; i < text.length && rows.length < most; i++) {
    const char = text.charAt(i);
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (text.charAt(i + 1) === '"') cell += text.charAt(i++);
      else isQuoted = false;
    } else if (char === '"' && cell === '') {
      isQuoted = true;
    } else if (char === separator) {
      row.push(cell);
      cell = '';
    } else if (char === '\n') {
      rows.push([...row, cell.replace(/\r$/u, '')]);
      row = [];
      cell = '';
    } else {
      cell += char;
    }
  }
  if (rows.length < most && !isCut && (cell !== '' || row.length > 0)) rows.push([...row, cell]);
  return rows;
}
