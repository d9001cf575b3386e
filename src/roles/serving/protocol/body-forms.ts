import { fail, MAX_ERRORS } from '../errors.ts';
import type { Row } from '../model/plan.ts';
import { show, type Validator, type ValueError } from './validator.ts';

/** The checked rows of a request. */
export interface Rows {
  readonly rows: readonly Row[];
  /** The caller's own name per row, where it gave one. */
  readonly keys: readonly (string | undefined)[] | undefined;
  /** Whether the body was one row, so that the answer is one object and not a list. */
  readonly single: boolean;
}

export interface BodyOptions {
  readonly maxRows: number;
  /** Whether the model itself has a field called `features`, which then is no wrapper. */
  readonly hasFeaturesField: boolean;
  readonly hasKeyField: boolean;
}

/**
 * Reads every form that callers use: `{named}`, `{features: [values]}`, `{features: {named}}`, `{features: [[…], …]}`, `[{…}, …]`, `[[…], …]`
 * and `[values]`, each with an optional `key` beside a row.
 * @throws PREDICTION_INPUT_INVALID with every bad value, PREDICTION_TOO_MANY_ROWS
 */
export function readRows(body: unknown, validator: Validator, options: BodyOptions): Rows {
  const errors: ValueError[] = [];
  const rows = read(body, { validator, options, errors });
  if (errors.length > 0) throw fail.rowsInvalid({ errors });
  return rows;
}

interface Reading {
  readonly validator: Validator;
  readonly options: BodyOptions;
  readonly errors: ValueError[];
}

function read(body: unknown, reading: Reading): Rows {
  const { validator, options, errors } = reading;
  if (Array.isArray(body)) return readList(body, reading);
  if (!isObject(body))
    return refuse(
      errors,
      '',
      `must be an object with the model's fields, or a list of rows, not ${body === undefined ? 'empty' : show(body)}`,
    );
  if (!('features' in body) || options.hasFeaturesField) return one(validator.named(body, errors), keyOf(body, options, errors));
  const extra = Object.keys(body).filter((name) => name !== 'features' && name !== 'key');
  if (extra.length > 0)
    return refuse(errors, (extra[0] as string).slice(0, 60), 'stands beside `features`: send either named fields or `features`, not both');
  const { features } = body;
  if (isObject(features)) return one(validator.named(features, errors), keyOf(body, options, errors));
  if (!Array.isArray(features)) return refuse(errors, 'features', 'must be a list of values or an object with named fields');
  if (features.some((v) => typeof v === 'object' && v !== null)) return readList(features, reading);
  return one(validator.listed(features, errors), keyOf(body, options, errors));
}

function readList(list: readonly unknown[], { validator, options, errors }: Reading): Rows {
  if (list.length === 0) return refuse(errors, '', 'must hold at least one row');
  if (list.length > options.maxRows) throw fail.tooManyRows({ rows: list.length, limit: options.maxRows });
  if (!list.some((v) => typeof v === 'object' && v !== null)) return one(validator.listed(list, errors), undefined);
  const keys: (string | undefined)[] = [];
  const rows = list.map((item, i): Row => {
    keys.push(undefined);
    if (errors.length >= MAX_ERRORS) return [];
    if (Array.isArray(item)) return validator.listed(item, errors, i);
    if (!isObject(item)) {
      errors.push({ field: `[${i}]`, message: 'must be a row: a list of values or an object with named fields', row: i });
      return [];
    }
    keys[i] = keyOf(item, options, errors);
    const wrapped = !options.hasFeaturesField && 'features' in item ? item['features'] : undefined;
    if (Array.isArray(wrapped)) return validator.listed(wrapped, errors, i);
    return validator.named(isObject(wrapped) ? wrapped : item, errors, i);
  });
  return { rows, keys: keys.some((k) => k !== undefined) ? keys : undefined, single: false };
}

function one(row: Row, key: string | undefined): Rows {
  return { rows: [row], keys: key === undefined ? undefined : [key], single: true };
}

function keyOf(item: Readonly<Record<string, unknown>>, options: BodyOptions, errors: ValueError[]): string | undefined {
  if (options.hasKeyField || item['key'] === undefined || item['key'] === null) return undefined;
  const { key } = item;
  if (typeof key === 'number') return String(key);
  if (typeof key === 'string' && key.length > 0 && key.length <= 256) return key;
  errors.push({ field: 'key', message: 'must be text of 1 to 256 characters, or a number' });
  return undefined;
}

function refuse(errors: ValueError[], field: string, message: string): Rows {
  errors.push({ field, message });
  return { rows: [], keys: undefined, single: true };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
