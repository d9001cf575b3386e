import { z } from 'zod';
import type { BoundRoute } from './route.ts';
import { TAGS } from './tags.ts';

type Json = Record<string, unknown>;

interface OpenApiSource {
  readonly version: string;
  readonly routes: readonly BoundRoute[];
  /** Paths that are not routes of the framework: the prediction endpoints, written from each deployment's schema. */
  readonly extra: Json;
}

/** The documentation of all visible routes (OpenAPI 3.1.1), schemas taken from what really checks the input. */
export function openApi({ version, routes, extra }: OpenApiSource): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    if (route.hidden) continue;
    const path = ((route.mounts?.[0] ?? '') + route.path).replace(/:(\w+)/gu, '{$1}').replace(/\*$/u, '{path}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Trainyard', version, description: 'Train, register, serve and watch models.' },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: { ...paths, ...extra },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' } } },
    security: [{}, { bearer: [] }, { basic: [] }],
  };
}

function operation(route: BoundRoute, path: string): Json {
  const schema = jsonSchema(route.input, 'input');
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const required = new Set((schema['required'] ?? []) as string[]);
  const inPath = [...path.matchAll(/\{(\w+)\}/gu)].map((m) => m[1] as string);
  const parameters: Json[] = inPath.map((name) => ({ name, in: 'path', required: true, schema: properties[name] ?? { type: 'string' } }));
  const binary = route.body === 'stream' || route.body === 'bytes';
  const rest = Object.keys(properties).filter(
    (name) => !inPath.includes(name) && name !== '*' && !(route.body === 'bytes' && name === 'body'),
  );
  const body: Json = {};
  if (route.method === 'GET' || binary)
    parameters.push(...rest.map((name) => ({ name, in: 'query', required: required.has(name), schema: properties[name] })));
  if (binary) body['requestBody'] = { content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } };
  else if (route.method !== 'GET')
    body['requestBody'] = {
      content: { 'application/json': { schema: bodySchema(path, withoutPath(schema, properties, { required, rest })) } },
    };
  return {
    operationId: `${route.method.toLowerCase()}${path.replace(/[^a-zA-Z0-9]+(.)?/gu, (_, c: string | undefined) => c?.toUpperCase() ?? '')}`,
    summary: route.summary,
    tags: route.tag === undefined ? [] : [route.tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...body,
    responses: { 200: { description: 'Done.', content: answer(route) }, default: { description: 'Refused or failed: the body says why.' } },
  };
}

function withoutPath(
  schema: Json,
  properties: Record<string, Json>,
  { required, rest }: { required: ReadonlySet<string>; rest: readonly string[] },
): Json {
  if (schema['type'] !== 'object' || schema['properties'] === undefined) return schema;
  return {
    type: 'object',
    properties: Object.fromEntries(rest.map((n) => [n, properties[n]])),
    required: rest.filter((n) => required.has(n)),
  };
}

/** Bodies of our own API may hold nothing else than what is named. */
function bodySchema(path: string, schema: Json): Json {
  return path.startsWith('/api/v1/') ? closed(schema) : schema;
}

function closed(schema: Json): Json {
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === 'properties') return [key, mapValues(value as Record<string, Json>, closed)];
    if (key === 'anyOf' || key === 'oneOf') return [key, (value as Json[]).map(closed)];
    return [key, key === 'items' ? closed(value as Json) : value];
  });
  const result = Object.fromEntries(entries) as Json;
  return result['type'] === 'object' && 'properties' in result ? { additionalProperties: false, ...result } : result;
}

function mapValues(values: Record<string, Json>, map: (value: Json) => Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function answer(route: BoundRoute): Json {
  return { 'application/json': { schema: route.answer ? jsonSchema(route.answer, 'output') : {} } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json;
  return rest;
}
