/** A number as Python's json writes a float: whole ones with `.0`. What JSON cannot say becomes null. */
export function float(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
