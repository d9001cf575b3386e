/** A number as it was written, of which JavaScript would lose digits or the point. */
export type Revive = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
// Of the proposal "JSON.parse source text access": in V8, not yet in the compiler's library.
/** `JSON.parse` whose function also sees how a number was written. */
export const parseWithSource = JSON.parse as (text: string, revive: Revive) => unknown;

/** Nanoseconds since 1970 have more digits than a double holds; protobuf's JSON writes such integers as texts. @throws SyntaxError */
export function parseWithIntegers(text: string): unknown {
  return parseWithSource(text, (_, value, { source }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value,
  );
}
