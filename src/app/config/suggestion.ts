/** Mistakes up to which a key is taken for another: a letter too many, too few, wrong or swapped counts one or two. */
const MOST_EDITS = 2;

/** `; did you mean KEY?` where one of the keys is close to what was written, else nothing. */
export function suggestion(written: string, keys: readonly string[]): string {
  const close = keys.map((key) => ({ key, edits: edits(written, key) })).sort((a, b) => a.edits - b.edits)[0];
  return close !== undefined && close.edits <= MOST_EDITS ? `; did you mean ${close.key}?` : '';
}

/** Levenshtein's distance: the fewest letters to insert, delete or replace. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
