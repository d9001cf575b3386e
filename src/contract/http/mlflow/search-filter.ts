import { SearchSyntaxError, type Token, tokenize } from './search-tokens.ts';

/** Comparisons of the search grammar, as written in SQL. */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

/** What a condition looks at: a keyed collection of the thing searched, or one of its own columns. */
export type Entity = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset' | 'span' | 'feedback' | 'expectation' | 'issue' | 'prompt';

/** Which comparisons and values an identifier takes. `either`: numbers where it is said which is greater, else texts. `exact`: one text. */
export type Kind = 'text' | 'number' | 'either' | 'pattern' | 'exact';

/** One comparison of a filter, checked against its grammar. */
export interface Condition {
  readonly entity: Entity;
  /** Key of the metric, parameter or tag, or the canonical name of the attribute. */
  readonly key: string;
  readonly comparison: Comparison;
  /** Number for numeric identifiers, text for others, several for IN, null for IS. */
  readonly value: string | number | readonly string[] | null;
}

/** A checked filter as plain data: conditions joined by AND and OR. */
export type Filter = { readonly and: readonly Filter[] } | { readonly or: readonly Filter[] } | { readonly condition: Condition };

/** What one search understands. Entity and attribute names map from every accepted spelling to the canonical one. */
export interface SearchGrammar {
  readonly entities: Readonly<Record<string, Entity>>;
  readonly attributes: Readonly<Record<string, { readonly key: string; readonly kind: Kind; readonly entity?: Entity }>>;
  /** Entities with few keys, and how these are compared: attributes of data sets, and what traces hold. */
  readonly keys?: Readonly<Partial<Record<Entity, Readonly<Record<string, Kind>>>>>;
  /** Entities whose keys may also be `attributes.` with any name. */
  readonly withAttributes?: readonly Entity[];
  /** Orderable attributes, from accepted spelling to canonical name. */
  readonly order: Readonly<Record<string, string>>;
}

/** What an identifier of a filter or an order names. */
export interface Identified {
  readonly entity: Entity;
  readonly key: string;
  readonly kind: Kind;
}

const NUMERIC: readonly Comparison[] = ['=', '!=', '<', '<=', '>', '>='];
const TEXTUAL: readonly Comparison[] = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'];
const ALLOWED: Readonly<Record<Kind, readonly Comparison[]>> = {
  number: NUMERIC,
  text: TEXTUAL,
  either: [...NUMERIC, 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'],
  pattern: ['LIKE', 'ILIKE'],
  exact: ['='],
};
const DEEPEST = 100;
/** Databases bound the depth of an expression and the number of its values. */
const MOST_CONDITIONS = 200;
const MOST_VALUES = 5000;

/**
 * Reads a filter: `expression := term (OR term)*`, `term := factor (AND factor)*`, `factor := '(' expression ')' | comparison`. MLflow knows
 * AND alone; OR, parentheses and IN everywhere are ours. An empty text gives undefined: everything matches.
 *
 * @throws SearchSyntaxError naming the position
 */
export function parseFilter(source: string, grammar: SearchGrammar): Filter | undefined {
  const tokens = tokenize(source);
  if (tokens.length === 0) return undefined;
  const parser = new Parser(tokens, source.length, grammar);
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #grammar: SearchGrammar;
  #next = 0;
  #depth = 0;
  #conditions = 0;

  constructor(tokens: readonly Token[], end: number, grammar: SearchGrammar) {
    this.#tokens = tokens;
    this.#end = end;
    this.#grammar = grammar;
  }

  whole(): Filter {
    const filter = this.#expression();
    const rest = this.#peek();
    if (rest !== undefined) throw new SearchSyntaxError(`Invalid clause(s) in filter string: '${rest.text}'`, rest.at);
    return filter;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(what: string): Token {
    const token = this.#tokens[this.#next++];
    if (token === undefined)
      throw new SearchSyntaxError(`Invalid clause(s) in filter string: expected ${what} but the text ends`, this.#end);
    return token;
  }

  #word(word: string): boolean {
    const token = this.#peek();
    if (token?.kind !== 'name' || token.text.toUpperCase() !== word) return false;
    this.#next++;
    return true;
  }

  #expression(): Filter {
    const parts = [this.#term()];
    while (this.#word('OR')) parts.push(this.#term());
    return parts.length === 1 ? (parts[0] as Filter) : { or: parts };
  }

  #term(): Filter {
    const parts = [this.#factor()];
    while (this.#word('AND')) parts.push(this.#factor());
    return parts.length === 1 ? (parts[0] as Filter) : { and: parts };
  }

  #factor(): Filter {
    const token = this.#take('a condition');
    if (token.kind !== 'open') {
      if (++this.#conditions > MOST_CONDITIONS)
        throw new SearchSyntaxError(`Filter string has more than ${MOST_CONDITIONS} conditions`, token.at);
      return { condition: this.#condition(token) };
    }
    if (++this.#depth > DEEPEST) throw new SearchSyntaxError(`Filter string is nested more than ${DEEPEST} levels deep`, token.at);
    const inside = this.#expression();
    const close = this.#take("')'");
    if (close.kind !== 'close')
      throw new SearchSyntaxError(`Invalid clause(s) in filter string: expected ')' but found '${close.text}'`, close.at);
    this.#depth--;
    return inside;
  }

  #condition(token: Token): Condition {
    if (token.kind !== 'name' && !(token.kind === 'string' && token.quoted)) {
      throw new SearchSyntaxError(`Invalid clause(s) in filter string: expected an identifier but found '${token.text}'`, token.at);
    }
    if (/^(?:NOT|AND|OR)$/iu.test(token.text)) throw new SearchSyntaxError(`Invalid clause(s) in filter string: '${token.text}'`, token.at);
    const written = token.kind === 'string' ? `"${token.text}"` : token.text;
    const { entity, key, kind } = identify(written, token.at, this.#grammar);
    const operator = this.#peek();
    const comparison = this.#comparison();
    const allowed = ALLOWED[kind];
    if (!allowed.includes(comparison)) {
      throw new SearchSyntaxError(
        `Invalid comparator '${comparison}' for ${entity} '${key}': use one of ${allowed.join(', ')}`,
        operator?.at ?? this.#end,
      );
    }
    const isNumber = kind === 'number' || (kind === 'either' && /^[<>]/u.test(comparison));
    return { entity, key, comparison, value: this.#value(comparison, isNumber ? 'number' : 'text', `${entity} '${key}'`) };
  }

  #comparison(): Comparison {
    const token = this.#take('a comparison');
    if (token.kind === 'operator') {
      if (token.text === '==' || token.text === '<>') {
        throw new SearchSyntaxError(`Invalid comparator '${token.text}' in filter string`, token.at);
      }
      return token.text as Comparison;
    }
    const word = token.kind === 'name' ? token.text.toUpperCase() : '';
    if (word === 'LIKE' || word === 'ILIKE' || word === 'IN') return word;
    if (word === 'NOT' && this.#word('IN')) return 'NOT IN';
    if (word === 'IS') {
      const not = this.#word('NOT');
      if (this.#word('NULL')) return not ? 'IS NOT NULL' : 'IS NULL';
    }
    throw new SearchSyntaxError(`Invalid clause(s) in filter string: expected a comparison but found '${token.text}'`, token.at);
  }

  #value(comparison: Comparison, kind: 'text' | 'number', of: string): Condition['value'] {
    if (comparison === 'IS NULL' || comparison === 'IS NOT NULL') return null;
    if (comparison === 'IN' || comparison === 'NOT IN') return this.#list(of);
    const token = this.#take('a value');
    if (kind === 'number') {
      if (token.kind === 'number') return Number(token.text);
      throw new SearchSyntaxError(`Expected numeric value type for ${of}. Found '${token.text}'`, token.at);
    }
    if (token.kind === 'string') return token.text;
    throw new SearchSyntaxError(`Expected a quoted string value for ${of} (e.g. 'my-value'). Found '${token.text}'`, token.at);
  }

  #list(of: string): readonly string[] {
    const open = this.#take("'('");
    if (open.kind !== 'open')
      throw new SearchSyntaxError(`Expected a list of quoted values in parentheses for ${of}. Found '${open.text}'`, open.at);
    const values: string[] = [];
    for (;;) {
      const token = this.#take('a quoted value');
      if (token.kind !== 'string')
        throw new SearchSyntaxError(`Expected a quoted string value in the list for ${of}. Found '${token.text}'`, token.at);
      if (values.push(token.text) > MOST_VALUES)
        throw new SearchSyntaxError(`The list for ${of} has more than ${MOST_VALUES} values`, token.at);
      const separator = this.#take("')'");
      if (separator.kind === 'close') return values;
      if (separator.kind !== 'comma')
        throw new SearchSyntaxError(`Expected ',' or ')' in the list for ${of}. Found '${separator.text}'`, separator.at);
    }
  }
}

/** Resolves an identifier such as `` metrics.`a b` `` or `status`. @throws SearchSyntaxError when the grammar has no such thing */
export function identify(written: string, at: number, grammar: SearchGrammar): Identified {
  const { head, rest } = split(written);
  const entity = rest === undefined ? 'attribute' : Object.hasOwn(grammar.entities, head) ? grammar.entities[head] : undefined;
  const key = rest ?? head;
  if (entity === undefined) {
    const known = [...new Set(Object.keys(grammar.entities))].join(', ');
    throw new SearchSyntaxError(`Invalid entity type '${head}'. Valid entity types are: ${known}`, at);
  }
  if (key === '') throw new SearchSyntaxError(`Invalid identifier '${written}': a key is missing`, at);
  if (entity === 'attribute') {
    const attribute = Object.hasOwn(grammar.attributes, key) ? grammar.attributes[key] : undefined;
    if (attribute) return { entity: attribute.entity ?? entity, key: attribute.key, kind: attribute.kind };
    throw new SearchSyntaxError(
      `Invalid attribute key '${key}' specified. Valid keys are: ${Object.keys(grammar.attributes).join(', ')}`,
      at,
    );
  }
  return keyed({ entity, key }, at, grammar);
}

function keyed({ entity, key }: Omit<Identified, 'kind'>, at: number, grammar: SearchGrammar): Identified {
  const attribute = grammar.withAttributes?.includes(entity) ? /^attributes\.(.+)$/su.exec(key)?.[1] : undefined;
  if (attribute !== undefined) return { entity, key: `attributes.${unquote(attribute)}`, kind: 'text' };
  const keys = grammar.keys?.[entity];
  if (!keys)
    return { entity, key, kind: entity === 'metric' ? 'number' : entity === 'feedback' || entity === 'expectation' ? 'either' : 'text' };
  const kind = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (kind) return { entity, key, kind };
  const others = grammar.withAttributes?.includes(entity) ? ', attributes.<attribute_name>' : '';
  throw new SearchSyntaxError(`Invalid ${entity} key '${key}' specified. Valid keys are: ${Object.keys(keys).join(', ')}${others}`, at);
}

/** Entity and key: cut at the first dot outside of quotes; quotes around either are taken off. */
function split(written: string): { head: string; rest: string | undefined } {
  const quote = written.charAt(0);
  const close = quote === '`' || quote === '"' ? written.indexOf(quote, 1) : -1;
  const dot = written.indexOf('.', Math.max(close, 0));
  if (dot < 0) return { head: unquote(written), rest: undefined };
  return { head: unquote(written.slice(0, dot)), rest: unquote(written.slice(dot + 1)) };
}

function unquote(part: string): string {
  const quote = part.charAt(0);
  return part.length >= 2 && (quote === '`' || quote === '"') && part.endsWith(quote) ? part.slice(1, -1) : part;
}
