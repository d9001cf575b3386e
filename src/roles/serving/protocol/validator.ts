import type { CrossFieldRule, ModelField, ModelSchema } from '#contract/model-schema.ts';
import { MAX_ERRORS } from '../errors.ts';
import type { Row } from '../model/plan.ts';

/** What is wrong with one value. `row` is given for requests of several rows. */
export interface ValueError {
  readonly field: string;
  readonly message: string;
  readonly row?: number;
}

/** Checks one row at a time; compiled once per model version. */
export interface Validator {
  readonly width: number;
  /** A row as an object by field name (or alias). Pushes what is wrong to `errors`. */
  named(row: Readonly<Record<string, unknown>>, errors: ValueError[], index?: number): Row;
  /** A row as a list in field order. */
  listed(row: readonly unknown[], errors: ValueError[], index?: number): Row;
}

type Check = (value: unknown) => number | string | boolean | Problem;

class Problem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Keys of a body that never are fields. */
const RESERVED = new Set(['key']);

type Checked = Pick<ModelSchema, 'fields' | 'rules' | 'ignored'> & Partial<Pick<ModelSchema, 'target'>>;

/** Compiles the schema. Field names win over reserved words and over aliases. */
export function compileValidator(schema: Checked): Validator {
  return new CompiledValidator(schema);
}

type Values = (number | string | boolean)[];

/** Where what is wrong with a row is noted. */
class RowErrors {
  readonly #errors: ValueError[];
  readonly #row: number | undefined;
  any = false;
  constructor(errors: ValueError[], row: number | undefined) {
    this.#errors = errors;
    this.#row = row;
  }
  get full(): boolean {
    return this.#errors.length >= MAX_ERRORS;
  }
  add(field: string, message: string): void {
    this.any = true;
    if (!this.full) this.#errors.push({ field, message, ...(this.#row === undefined ? {} : { row: this.#row }) });
  }
}

class CompiledValidator implements Validator {
  readonly width: number;
  readonly #fields: readonly ModelField[];
  readonly #checks: readonly Check[];
  readonly #rules: readonly ((row: Row) => ValueError | undefined)[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #allowed: string;
  readonly #ignored: ReadonlySet<string>;
  readonly #target: string | undefined;

  constructor({ fields, rules = [], ignored = [], target }: Checked) {
    this.width = fields.length;
    this.#fields = fields;
    this.#checks = fields.map(compileField);
    this.#rules = (rules ?? []).map((rule) => compileRule(rule, fields));
    this.#places = placesOf(fields);
    this.#allowed = fields.map((f) => f.name).join(', ');
    this.#ignored = new Set([...RESERVED, ...ignored]);
    this.#target = target;
  }

  named(row: Readonly<Record<string, unknown>>, errors: ValueError[], index?: number): Row {
    const noted = new RowErrors(errors, index);
    const values: Values = new Array(this.width);
    let seen = 0;
    for (let i = 0; i < this.width; i++) {
      const { name } = this.#fields[i] as ModelField;
      if (!Object.hasOwn(row, name)) continue;
      seen++;
      values[i] = this.#take(i, row[name], noted);
    }
    // The common case is over here: every field under its own name and nothing else.
    if (seen !== this.width || moreKeys(row, seen)) this.#takeRest(row, values, noted);
    return this.#finish(values, noted);
  }

  listed(row: readonly unknown[], errors: ValueError[], index?: number): Row {
    const noted = new RowErrors(errors, index);
    if (row.length !== this.width) {
      noted.add('features', `must hold exactly ${this.width} values (${this.#allowed}), not ${row.length}`);
      return [];
    }
    const values: Values = new Array(this.width);
    for (let i = 0; i < this.width; i++) values[i] = this.#take(i, row[i], noted);
    return this.#finish(values, noted);
  }

  #take(i: number, value: unknown, noted: RowErrors): number | string | boolean {
    const checked = (this.#checks[i] as Check)(value);
    if (!(checked instanceof Problem)) return checked;
    noted.add((this.#fields[i] as ModelField).name, checked.message);
    return Number.NaN;
  }

  /** Aliases, missing fields and unknown ones. */
  #takeRest(row: Readonly<Record<string, unknown>>, values: Values, noted: RowErrors): void {
    for (const key in row) {
      if (noted.full) return;
      const value = row[key];
      const place = this.#places.get(key);
      if (place === undefined) {
        if (!this.#ignored.has(key)) noted.add(clip(key), this.#stranger(key));
        continue;
      }
      const { name } = this.#fields[place] as ModelField;
      if (key === name) continue;
      if (values[place] !== undefined) noted.add(key, `stands for ${name}, which is given as well`);
      else values[place] = this.#take(place, value, noted);
    }
    this.#fields.forEach((field, i) => {
      if (values[i] !== undefined) return;
      if (field.required) noted.add(field.name, 'is required');
      else values[i] = this.#take(i, null, noted);
    });
  }

  #stranger(key: string): string {
    if (key === this.#target) return 'is what this model predicts: leave it out, and send it to /feedback when it is known';
    return `is not a field of this model; its fields are ${this.#allowed}`;
  }

  #finish(values: Values, noted: RowErrors): Row {
    if (this.#rules.length === 0 || noted.any) return values;
    for (const rule of this.#rules) {
      const broken = rule(values);
      if (broken) noted.add(broken.field, broken.message);
    }
    return values;
  }
}

function moreKeys(row: Readonly<Record<string, unknown>>, seen: number): boolean {
  let keys = 0;
  for (const _ in row) keys++;
  return keys !== seen;
}

function placesOf(fields: readonly ModelField[]): Map<string, number> {
  const places = new Map<string, number>();
  fields.forEach((field, i) => {
    for (const alias of field.aliases ?? []) places.set(alias, i);
  });
  fields.forEach((field, i) => {
    places.set(field.name, i);
  });
  return places;
}

function compileField(field: ModelField): Check {
  if (field.type === 'string') return textCheck(field);
  if (field.type === 'boolean')
    return (value) =>
      typeof value === 'boolean'
        ? value
        : value === 0 || value === 1
          ? value === 1
          : new Problem(`must be true or false, not ${show(value)}`);
  return numberCheck(field);
}

function numberCheck(field: ModelField): Check {
  const integer = field.type === 'long' || field.type === 'integer';
  const range = rangeOf(field);
  const min = field.min ?? Number.NEGATIVE_INFINITY;
  const max = field.max ?? Number.POSITIVE_INFINITY;
  const above = field.exclusive_min ?? Number.NEGATIVE_INFINITY;
  const below = field.exclusive_max ?? Number.POSITIVE_INFINITY;
  const allowed = field.enum ? new Set(field.enum) : undefined;
  return (value) => {
    if (typeof value === 'number') {
      if (value >= min && value <= max && value > above && value < below) {
        if (integer && !Number.isInteger(value)) return new Problem(`must be a whole number, not ${value}`);
        return allowed === undefined || allowed.has(value) ? value : new Problem(`must be one of ${field.enum?.join(', ')}, not ${value}`);
      }
      return new Problem(Number.isFinite(value) ? `must be ${range}, not ${value}` : 'must be a finite number');
    }
    if (value === null) return field.required ? new Problem('must be a number, not null') : Number.NaN;
    return new Problem(`must be a number, not ${show(value)}`);
  };
}

function rangeOf(field: ModelField): string {
  const parts: string[] = [];
  if (field.exclusive_min !== undefined) parts.push(`greater than ${field.exclusive_min}`);
  if (field.min !== undefined) parts.push(`at least ${field.min}`);
  if (field.exclusive_max !== undefined) parts.push(`less than ${field.exclusive_max}`);
  if (field.max !== undefined) parts.push(`at most ${field.max}`);
  return parts.join(' and ') || 'a finite number';
}

function textCheck(field: ModelField): Check {
  const allowed = field.enum ? new Set(field.enum.map(String)) : undefined;
  return (value) => {
    if (value === null) return field.required ? new Problem('must be text, not null') : '';
    // Categories such as 0 and 1 are often sent as numbers.
    const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
    if (text === undefined) return new Problem(`must be text, not ${show(value)}`);
    return allowed === undefined || allowed.has(text) ? text : new Problem(`must be one of ${[...allowed].join(', ')}, not ${show(value)}`);
  };
}

const COMPARE: Readonly<Record<CrossFieldRule['op'], (a: number | string | boolean, b: number | string | boolean) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

function compileRule(rule: CrossFieldRule, fields: readonly ModelField[]): (row: Row) => ValueError | undefined {
  const left = fields.findIndex((f) => f.name === rule.left);
  const right = fields.findIndex((f) => f.name === rule.right);
  const holds = COMPARE[rule.op];
  return (row) => {
    const a = row[left] as number;
    const b = row[right] as number;
    if (Number.isNaN(a) || Number.isNaN(b) || holds(a, b)) return undefined;
    return { field: rule.left, message: rule.message ?? `must be ${rule.op} ${rule.right} (${show(a)} and ${show(b)} given)` };
  };
}

/** A caller's value in an error message: never long, never more than one level. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return clip(typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value));
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
