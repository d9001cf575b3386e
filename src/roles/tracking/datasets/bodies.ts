import { createHash } from 'node:crypto';
import { isFloat, isPlainObject, parseKeepingFloats, pythonJson } from '#contract/http/mlflow/python-json.ts';

/** A record without its times. Numbers that were floats stay floats (`parseKeepingFloats`), so it is only ever made from text. */
export interface RecordBody {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs?: unknown;
  readonly expectations?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, unknown>>;
  readonly source?: Readonly<Record<string, unknown>>;
}

const USER = 'mlflow.user';

export function readBodies(text: string): RecordBody[] {
  const records = parseKeepingFloats(text) as Partial<Record<keyof RecordBody, unknown>>[];
  return records.map(({ inputs, outputs, expectations, tags, source }) => ({
    inputs: isPlainObject(inputs) ? inputs : {},
    ...(outputs === undefined ? {} : { outputs }),
    ...(isPlainObject(expectations) ? { expectations } : {}),
    ...(isPlainObject(tags) ? { tags } : {}),
    ...(isPlainObject(source) ? { source } : {}),
  }));
}

/** New values replace those of the same field; where a record comes from stays. */
export function merged(before: RecordBody, now: RecordBody): RecordBody {
  return {
    ...before,
    ...('outputs' in now ? { outputs: now.outputs } : {}),
    ...(now.expectations ? { expectations: { ...before.expectations, ...now.expectations } } : {}),
    ...(now.tags ? { tags: { ...before.tags, ...now.tags } } : {}),
  };
}

/** Who a record says wrote it. */
export function userOf({ tags }: RecordBody): string | null {
  const user = tags?.[USER];
  return typeof user === 'string' ? user : null;
}

export function hashOf({ inputs }: RecordBody): string {
  return createHash('sha256')
    .update(pythonJson(sorted(inputs)))
    .digest('hex');
}

/** Short, and another one after every change. */
export function digestOf(name: string, time: number): string {
  return createHash('sha256').update(`${name}:${time}`).digest('hex').slice(0, 8);
}

/** Adds the types of fields that were not there before (MLflow's form 1.0). */
export function schemaOf(before: string | null, bodies: readonly RecordBody[]): string | null {
  if (bodies.length === 0) return before;
  const schema = (before === null ? { inputs: {}, outputs: {}, expectations: {}, version: '1.0' } : JSON.parse(before)) as Schema;
  for (const { inputs, outputs, expectations } of bodies) {
    addTypes(schema.inputs, inputs);
    addTypes(schema.expectations, expectations ?? {});
    if (isPlainObject(outputs) && typeof schema.outputs === 'object') addTypes(schema.outputs, outputs);
    else if (outputs !== undefined && outputs !== null && Object.keys(schema.outputs).length === 0) schema.outputs = typeName(outputs);
  }
  return pythonJson(schema);
}

interface Schema {
  readonly inputs: Record<string, string>;
  readonly expectations: Record<string, string>;
  outputs: Record<string, string> | string;
}

function addTypes(types: Record<string, string>, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) types[key] ??= typeName(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (isFloat(value)) return 'float';
  if (Array.isArray(value)) return 'array';
  if (isPlainObject(value)) return 'object';
  return { boolean: 'boolean', string: 'string' }[typeof value as string] ?? 'integer';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlainObject(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
