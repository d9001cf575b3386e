/** Numbers that are written in digits and survive the way to a double and back. */
const PLAIN_NUMBER = /^[+-]?(\d{1,15}|\d{0,15}\.\d{1,15})$/;

/** One text for one label however it was written: 1, "1" and "1.0" are the same class. */
export function canonicalLabel(label: number | string): string {
  if (typeof label === 'number') return String(label === 0 ? 0 : label);
  const number = labelNumber(label);
  return number === null ? label : canonicalLabel(number);
}

/** The number that a label stands for, if it is one. */
export function labelNumber(label: number | string): number | null {
  if (typeof label === 'number') return label;
  const text = label.trim();
  return text !== '' && PLAIN_NUMBER.test(text) ? Number(text) : null;
}
