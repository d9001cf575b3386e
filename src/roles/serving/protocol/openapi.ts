import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import type { DeploymentView } from '../api.ts';

type Json = Record<string, unknown>;

/** The prediction endpoints in OpenAPI, each with its own model's fields, so that /docs shows a form that works. */
export function predictPaths(deployments: readonly DeploymentView[]): Json {
  const paths: Json = {};
  const byDefault = deployments.find((d) => d.is_default);
  if (byDefault) paths['/predict'] = operation(byDefault, 'predict');
  for (const deployment of deployments)
    paths[`/deployments/${deployment.name}/predict`] = operation(deployment, `predict_${deployment.name}`);
  return paths;
}

function operation({ name, schema }: DeploymentView, operationId: string): Json {
  const body = schema ? rowSchema(schema) : { type: 'object' };
  const answer = {
    type: 'object',
    properties: {
      prediction: { type: ['number', 'string', 'null'] },
      predicted_class: { type: 'string' },
      probabilities: { type: 'object', additionalProperties: { type: 'number' } },
      prediction_id: { type: 'string' },
      model_name: { type: 'string' },
      model_version: { type: 'string' },
      deployment: { type: 'string' },
      timestamp: { type: 'string', format: 'date-time' },
      prediction_time_seconds: { type: 'number' },
    },
  };
  return {
    post: {
      operationId,
      summary: `Predict ${schema?.target ?? ''} with deployment ${name}`.replace('  ', ' '),
      description:
        'Also taken: {"features": [values in field order]}, {"features": {named}}, a list of rows; each row may carry a `key` for feedback.',
      tags: ['predict'],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: body, ...(schema ? { example: exampleRow(schema) } : {}) } },
      },
      responses: {
        200: { description: 'The prediction.', content: { 'application/json': { schema: answer } } },
        422: { description: 'A value does not fit the schema; `errors` names each field.' },
        429: { description: 'Too many rows are waiting.' },
        503: { description: 'No model is loaded, or the event could not be kept.' },
      },
    },
  };
}

function rowSchema(schema: ModelSchema): Json {
  return {
    type: 'object',
    properties: Object.fromEntries([
      ...schema.fields.map((f) => [f.name, fieldSchema(f)]),
      ['key', { type: 'string', description: 'Your own name for the row, for feedback by key.' }],
    ]),
    required: schema.fields.filter((f) => f.required && f.aliases === undefined).map((f) => f.name),
  };
}

function fieldSchema(f: ModelField): Json {
  const type =
    f.type === 'string' ? 'string' : f.type === 'boolean' ? 'boolean' : f.type === 'long' || f.type === 'integer' ? 'integer' : 'number';
  return {
    type: f.required ? type : [type, 'null'],
    ...(f.min === undefined ? {} : { minimum: f.min }),
    ...(f.max === undefined ? {} : { maximum: f.max }),
    ...(f.exclusive_min === undefined ? {} : { exclusiveMinimum: f.exclusive_min }),
    ...(f.exclusive_max === undefined ? {} : { exclusiveMaximum: f.exclusive_max }),
    ...(f.enum === undefined ? {} : { enum: f.enum }),
    ...(f.description === undefined ? {} : { description: f.description }),
  };
}

function exampleRow(schema: ModelSchema): Json {
  return Object.fromEntries(
    schema.fields.map((f) => [
      f.name,
      f.example ?? (f.type === 'string' ? (f.categories?.[0] ?? '') : f.type === 'boolean' ? false : (f.min ?? 1)),
    ]),
  );
}
