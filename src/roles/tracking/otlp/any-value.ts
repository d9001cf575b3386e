import type { AnyValue, KeyValue } from '#contract/otlp/export-traces.ts';

/**
 * A value as JSON text in the form that Python's `json.dumps(…, ensure_ascii=False)` gives it: MLflow keeps spans so, and searches in their text.
 *
 * @param plain numbers that JSON does not have are written as text, so that the result is JSON
 */
export function anyValueJson(value: AnyValue | undefined, plain = false): string {
  if (value === undefined) return 'null';
  if (value.string_value !== undefined) return JSON.stringify(value.string_value);
  if (value.bool_value !== undefined) return String(value.bool_value);
  if (value.int_value !== undefined) return String(value.int_value);
  if (value.double_value !== undefined) return doubleJson(value.double_value, plain);
  if (value.bytes_value !== undefined) return JSON.stringify(Buffer.from(value.bytes_value).toString('base64'));
  if (value.array_value) return `[${value.array_value.values.map((each) => anyValueJson(each, plain)).join(', ')}]`;
  return value.kvlist_value ? pairsJson(value.kvlist_value.values, plain) : 'null';
}

/** Of a key that is there twice the last value counts. */
export function pairsJson(pairs: readonly KeyValue[], plain = false): string {
  const texts = new Map(pairs.map(({ key = '', value }) => [key, anyValueJson(value, plain)]));
  return objectJson(texts);
}

/** A JSON object of texts that are JSON already. */
export function objectJson(fields: ReadonlyMap<string, string>): string {
  return `{${[...fields].map(([key, json]) => `${JSON.stringify(key)}: ${json}`).join(', ')}}`;
}

function doubleJson(value: number, plain: boolean): string {
  if (!Number.isFinite(value)) {
    const word = Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
    return plain ? JSON.stringify(word) : word;
  }
  const size = Math.abs(value);
  // The shortest digits that read back as the same double, as JavaScript has them too; Python leaves the plain form at other sizes.
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) return value.toExponential().replace(/e([+-])(\d)$/u, 'e$10$2');
  const sign = Object.is(value, -0) ? '-' : '';
  return `${sign}${value}${Number.isInteger(value) ? '.0' : ''}`;
}
