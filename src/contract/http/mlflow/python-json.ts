/**
 * JSON in the form that Python's `json.dumps` gives it: spaces after separators, nothing beyond ASCII. MLflow keeps some lists as text in tags,
 * and its sentences repeat values in this form.
 */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (isPlainObject(value)) {
    const fields = Object.entries(value).map(([key, each]) => `${ascii(JSON.stringify(key))}: ${pythonJson(each)}`);
    return `{${fields.join(', ')}}`;
  }
  return ascii(JSON.stringify(value) ?? 'null');
}

/** A JSON object: neither a list nor a number that stays as it was written. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value);
}

function ascii(json: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(/[^ -~]/gu, (character) => character.split('').map(escaped).join(''));
}

// Of the proposal "JSON.parse source text access": in V8, not yet in the compiler's library.
interface SourceTextJson {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
  parse(text: string, revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
}
const sourceText = JSON as unknown as SourceTextJson;

function isRawJson(value: unknown): boolean {
  return sourceText.isRawJSON(value);
}

/** A number that was written with a point or an exponent: Python tells it from an integer, JavaScript does not. */
export function isFloat(value: unknown): boolean {
  return isRawJson(value) ? /[.eE]/u.test(JSON.stringify(value)) : typeof value === 'number' && !Number.isInteger(value);
}

/** Parses JSON so that numbers are written again as Python would: whole ones that were floats as floats (9.0, not 9), large integers with all digits. */
export function parseKeepingFloats(text: string): unknown {
  return sourceText.parse(text, (_, value, { source = '' }) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return value;
    if (/[.eE]/u.test(source)) return Math.abs(value) < 1e16 ? sourceText.rawJSON(`${value}.0`) : value;
    return Number.isSafeInteger(value) ? value : sourceText.rawJSON(source);
  });
}
