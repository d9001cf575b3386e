import type { Profile, ProfileField } from './profile.ts';

/** One entry of FastAPI's `detail`. */
export interface Detail {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** Values in the profile's order, or what is wrong with them in the words of the system's pydantic. */
export type Checked = { readonly values: readonly number[] } | { readonly detail: readonly Detail[] };

/** Checks a body as the reference system would: extra fields are ignored, numbers may be text. */
export function checkBody(body: unknown, profile: Profile): Checked {
  const words = profile.pydantic === 1 ? PYDANTIC_1 : PYDANTIC_2;
  if (body === undefined) return { detail: [words.missing(['body'], null)] };
  if (!isRecord(body)) return { detail: [words.notObject(['body'], body)] };
  const isList = profile.body === 'features' || (profile.body === 'either' && Object.hasOwn(body, 'features'));
  if (!isList) return finish(profile, body, named(profile.fields, { input: body, at: ['body'] }, words));
  const { features } = body;
  const at = ['body', 'features'];
  if (features === undefined) return { detail: [words.missing(at, body)] };
  if (profile.body === 'either' && isRecord(features)) return finish(profile, body, named(profile.fields, { input: features, at }, words));
  if (!Array.isArray(features)) return { detail: [words.notList(at, features)] };
  const wanted = profile.fields.length;
  if (features.length < wanted) return { detail: [words.tooShort(at, features, wanted)] };
  if (features.length > wanted) return { detail: [words.tooLong(at, features, wanted)] };
  return finish(profile, body, listed(profile.fields, features, words));
}

function finish(profile: Profile, body: unknown, checked: Checked): Checked {
  if ('detail' in checked) return checked;
  const broken = profile.rule?.(checked.values);
  if (broken === undefined) return checked;
  return { detail: [{ type: 'value_error', loc: ['body'], msg: `Value error, ${broken}`, input: body, ctx: { error: {} } }] };
}

interface Place {
  readonly input: Readonly<Record<string, unknown>>;
  readonly at: readonly (string | number)[];
}

function named(fields: readonly ProfileField[], { input, at }: Place, words: Words): Checked {
  const detail: Detail[] = [];
  const values = fields.map((field) => {
    const loc = [...at, field.name];
    if (!Object.hasOwn(input, field.name)) detail.push(words.missing(loc, input));
    else return checkNumber(input[field.name], field, { loc, words, detail });
    return Number.NaN;
  });
  return detail.length > 0 ? { detail } : { values };
}

function listed(fields: readonly ProfileField[], features: readonly unknown[], words: Words): Checked {
  const detail: Detail[] = [];
  const values = fields.map((field, i) => checkNumber(features[i], field, { loc: ['body', 'features', i], words, detail }));
  return detail.length > 0 ? { detail } : { values };
}

interface Noting {
  readonly loc: readonly (string | number)[];
  readonly words: Words;
  readonly detail: Detail[];
}

/** Pydantic's lax mode: numbers, true and false, and text that is a number. */
function checkNumber(value: unknown, { gt, ge, le }: ProfileField, { loc, words, detail }: Noting): number {
  const isText = typeof value === 'string';
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'boolean'
        ? Number(value)
        : isText && value.trim() !== ''
          ? Number(value)
          : Number.NaN;
  if (!Number.isFinite(number)) detail.push(words.notNumber(loc, value, isText));
  else if (gt !== undefined && number <= gt) detail.push(words.bound(loc, value, { op: 'gt', limit: gt }));
  else if (ge !== undefined && number < ge) detail.push(words.bound(loc, value, { op: 'ge', limit: ge }));
  else if (le !== undefined && number > le) detail.push(words.bound(loc, value, { op: 'le', limit: le }));
  return number;
}

type Loc = Detail['loc'];

interface Words {
  missing(loc: Loc, input: unknown): Detail;
  notObject(loc: Loc, input: unknown): Detail;
  notList(loc: Loc, input: unknown): Detail;
  notNumber(loc: Loc, input: unknown, isText: boolean): Detail;
  tooShort(loc: Loc, input: readonly unknown[], n: number): Detail;
  tooLong(loc: Loc, input: readonly unknown[], n: number): Detail;
  bound(loc: Loc, input: unknown, bound: { readonly op: 'gt' | 'ge' | 'le'; readonly limit: number }): Detail;
  notJson(at: number, reason: string): Detail;
}

const THAN = { gt: 'greater than', ge: 'greater than or equal to', le: 'less than or equal to' } as const;

/** pydantic 2 (pydantic-core's error list) under FastAPI. */
const PYDANTIC_2: Words = {
  missing: (loc, input) => ({ type: 'missing', loc, msg: 'Field required', input }),
  notObject: (loc, input) => ({
    type: 'model_attributes_type',
    loc,
    msg: 'Input should be a valid dictionary or object to extract fields from',
    input,
  }),
  notList: (loc, input) => ({ type: 'list_type', loc, msg: 'Input should be a valid list', input }),
  notNumber: (loc, input, isText) =>
    isText
      ? { type: 'float_parsing', loc, msg: 'Input should be a valid number, unable to parse string as a number', input }
      : { type: 'float_type', loc, msg: 'Input should be a valid number', input },
  tooShort: (loc, input, n) => ({
    type: 'too_short',
    loc,
    msg: `List should have at least ${n} items after validation, not ${input.length}`,
    input,
    ctx: { field_type: 'List', min_length: n, actual_length: input.length },
  }),
  tooLong: (loc, input, n) => ({
    type: 'too_long',
    loc,
    msg: `List should have at most ${n} items after validation, not ${input.length}`,
    input,
    ctx: { field_type: 'List', max_length: n, actual_length: input.length },
  }),
  bound: (loc, input, { op, limit }) => {
    const type = op === 'gt' ? 'greater_than' : op === 'ge' ? 'greater_than_equal' : 'less_than_equal';
    return { type, loc, msg: `Input should be ${THAN[op]} ${limit}`, input, ctx: { [op]: limit } };
  },
  notJson: (at, reason) => ({ type: 'json_invalid', loc: ['body', at], msg: 'JSON decode error', input: {}, ctx: { error: reason } }),
};

/** pydantic 1 under FastAPI. */
const PYDANTIC_1: Words = {
  missing: (loc) => ({ loc, msg: 'field required', type: 'value_error.missing' }),
  notObject: (loc) => ({ loc, msg: 'value is not a valid dict', type: 'type_error.dict' }),
  notList: (loc) => ({ loc, msg: 'value is not a valid list', type: 'type_error.list' }),
  notNumber: (loc, input) =>
    input === null
      ? { loc, msg: 'none is not an allowed value', type: 'type_error.none.not_allowed' }
      : { loc, msg: 'value is not a valid float', type: 'type_error.float' },
  tooShort: (loc, _, n) => ({
    loc,
    msg: `ensure this value has at least ${n} items`,
    type: 'value_error.list.min_items',
    ctx: { limit_value: n },
  }),
  tooLong: (loc, _, n) => ({
    loc,
    msg: `ensure this value has at most ${n} items`,
    type: 'value_error.list.max_items',
    ctx: { limit_value: n },
  }),
  bound: (loc, _, { op, limit }) => ({
    loc,
    msg: `ensure this value is ${THAN[op]} ${limit}`,
    type: `value_error.number.not_${op}`,
    ctx: { limit_value: limit },
  }),
  notJson: (at, reason) => ({ loc: ['body', at], msg: reason, type: 'value_error.jsondecode', ctx: { msg: reason, pos: at } }),
};

/** FastAPI's entry for a body that is no JSON. */
export function notJson(profile: Profile, at: number): Detail {
  return (profile.pydantic === 1 ? PYDANTIC_1 : PYDANTIC_2).notJson(at, 'Expecting value');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
