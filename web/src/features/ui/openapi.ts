/** The parts of OpenAPI 3.1 that the reference page shows. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly additionalProperties?: Schema | boolean;
}

export interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >;
}

export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** Endpoints by tag, those that fit the filter. */
export function operationsOf({ paths }: OpenApi, filter: string): (readonly [string, readonly Endpoint[]])[] {
  const words = filter.toLowerCase().split(/\s+/u);
  const groups = new Map<string, Endpoint[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods).filter(([name]) => METHODS.has(name))) {
      const text = `${method} ${path} ${operation.summary ?? ''}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      const tag = operation.tags?.[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  }
  return [...groups];
}

/** Follows `#/components/schemas/Name`. */
export function resolve(document: OpenApi, schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : document.components?.schemas?.[name];
}

/** A type in a few words: `array of string`, `"ok" or "error"`. */
export function typeText(document: OpenApi, given: Schema | undefined, depth = 0): string {
  const schema = resolve(document, given);
  if (!schema) return 'any';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts) return depth > 2 ? 'one of several' : [...new Set(parts.map((part) => typeText(document, part, depth + 1)))].join(' or ');
  if (schema.items) return `array of ${typeText(document, schema.items, depth + 1)}`;
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.join(' or ');
  return type ?? (schema.properties ? 'object' : 'any');
}
