/** Part of a search text. `at` counts UTF-16 units from 0. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'operator' | 'open' | 'close' | 'comma';
  /** As written; for strings without the quotes. */
  readonly text: string;
  readonly at: number;
  /** Names: the parts between dots, with backticks and quotes taken off; the first dot ends the entity. */
  readonly quoted?: boolean;
}

/** A search text that cannot be understood. `at` is where, counted from 0. */
export class SearchSyntaxError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(`${message} (at position ${at + 1})`);
    this.name = 'SearchSyntaxError';
    this.at = at;
  }
}

const SPACE = /\s+/uy;
const STRING = /'(?:[^']|'')*'|"[^"]*"/uy;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy;
const OPERATOR = /<=|>=|!=|<>|==|=|<|>/uy;
const NAME = /(?:[\p{L}\p{N}_$@][\p{L}\p{N}_$@\-/:]*|`[^`]*`|"[^"]*")(?:\.(?:[\p{L}\p{N}_$@\-/:]+|`[^`]*`|"[^"]*"))*/uy;

/** Cuts a filter into tokens. @throws SearchSyntaxError at the first character that begins none */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = next(source, at, match);
    tokens.push(token.token);
    at += token.length;
  }
  return tokens;
}

type Match = (pattern: RegExp) => string | undefined;

const SINGLE: Readonly<Record<string, Token['kind']>> = { '(': 'open', ')': 'close', ',': 'comma' };

function next(source: string, at: number, match: Match): { token: Token; length: number } {
  const char = source.charAt(at);
  const single = SINGLE[char];
  if (single !== undefined) return { token: { kind: single, text: char, at }, length: 1 };
  const number = match(NUMBER);
  if (number !== undefined) return { token: { kind: 'number', text: number, at }, length: number.length };
  const name = match(NAME);
  const string = match(STRING);
  // `"a".b` and `"a" = 1` are names, `= "a"` is a string: the parser knows which it wants, so a lone quoted word says both.
  if (string !== undefined && (name === undefined || name.length <= string.length)) {
    return { token: { kind: 'string', text: string.slice(1, -1), at, quoted: char === '"' }, length: string.length };
  }
  if (name !== undefined) return { token: { kind: 'name', text: name, at }, length: name.length };
  const operator = match(OPERATOR);
  if (operator !== undefined) return { token: { kind: 'operator', text: operator, at }, length: operator.length };
  if (char === "'" || char === '"' || char === '`') throw new SearchSyntaxError(`Unterminated ${char} in filter string`, at);
  throw new SearchSyntaxError(`Invalid clause(s) in filter string: '${char}'`, at);
}
