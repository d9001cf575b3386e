import { z } from 'zod';
import type { FieldIssue } from './input.ts';

type Json = Readonly<Record<string, unknown>>;

/** More are not worth telling. */
const MAX_FOUND = 20;

const described = new WeakMap<z.ZodType, Json>();

/** Keys of a body, at any depth, that its schema does not know and would drop. Where the schema takes any key or any value, everything is known. */
export function unknownKeys(schema: z.ZodType, body: unknown, pathParameters: readonly string[] = []): FieldIssue[] {
  const found: FieldIssue[] = [];
  look([jsonSchema(schema)], body, { path: '', hidden: new Set(pathParameters), found });
  return found;
}

function jsonSchema(schema: z.ZodType): Json {
  let json = described.get(schema);
  if (json === undefined) {
    json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Json;
    described.set(schema, json);
  }
  return json;
}

interface Search {
  readonly path: string;
  /** Keys that are known but not worth advising: they stand in the path already. */
  readonly hidden: ReadonlySet<string>;
  readonly found: FieldIssue[];
}

function look(schemas: readonly Json[], value: unknown, search: Search): void {
  const { path, found } = search;
  if (typeof value !== 'object' || value === null || found.length >= MAX_FOUND) return;
  const branches = schemas.flatMap(branchesOf);
  if (branches.some(takesAnything)) return;
  const below = { ...search, hidden: new Set<string>() };
  if (Array.isArray(value)) {
    const items = branches.flatMap((branch) => (isJson(branch['items']) ? [branch['items']] : []));
    if (items.length > 0) for (const [i, item] of value.entries()) look(items, item, { ...below, path: `${path}[${i}]` });
    return;
  }
  const objects = branches.filter((branch) => branch['type'] === 'object');
  if (objects.length === 0 || objects.some((branch) => isOpen(branch))) return;
  const known = Map.groupBy(
    objects.flatMap((branch) => Object.entries((branch['properties'] ?? {}) as Record<string, Json>)),
    ([key]) => key,
  );
  for (const [key, inside] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const entries = known.get(key);
    if (entries !== undefined) {
      look(
        entries.map(([, schema]) => schema),
        inside,
        { ...below, path: at },
      );
    } else if (found.length < MAX_FOUND) {
      const allowed = [...known.keys()].filter((name) => !search.hidden.has(name));
      found.push({ field: at, message: allowed.length === 0 ? 'is not known here' : `is not known here: use ${allowed.join(', ')}` });
    }
  }
}

function branchesOf(schema: Json): Json[] {
  const nested = (schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']) as readonly Json[] | undefined;
  return nested === undefined ? [schema] : nested.flatMap(branchesOf);
}

/** A schema that names no type takes whatever comes; one that refers to itself is left to the parser. */
function takesAnything(schema: Json): boolean {
  return schema['type'] === undefined && schema['const'] === undefined && schema['enum'] === undefined;
}

function isOpen(schema: Json): boolean {
  const more = schema['additionalProperties'];
  return more !== undefined && more !== false;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
