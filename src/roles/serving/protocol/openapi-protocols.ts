import { z } from 'zod';
import { InferBody } from '#contract/http/inference/oip.ts';
import type { DeploymentView } from '../api.ts';

type Json = Record<string, unknown>;

/** The other protocols' prediction paths in OpenAPI. */
export function protocolPaths(deployments: readonly DeploymentView[]): Json {
  const names = deployments.map((d) => d.name);
  const model = {
    name: 'model',
    in: 'path',
    required: true,
    description: 'A deployment or a registered model.',
    schema: { type: 'string', examples: names },
  };
  const version = { name: 'version', in: 'path', required: true, schema: { type: 'string' } };
  const { $schema: _, ...inferBody } = z.toJSONSchema(InferBody, { io: 'input', unrepresentable: 'any' });
  const infer = (parameters: readonly Json[], operationId: string): Json => ({
    post: {
      operationId,
      summary: 'Run a model on tensors (Open Inference Protocol v2)',
      description:
        'Tensors in JSON, or raw after the JSON part with Inference-Header-Content-Length (binary tensor extension). The same over gRPC on a port of its own.',
      tags: ['open inference protocol'],
      parameters,
      requestBody: { required: true, content: { 'application/json': { schema: inferBody }, 'application/octet-stream': {} } },
      responses: responses({ 200: 'Outputs.', 400: 'A tensor does not fit the model.', 404: 'There is no such model or version.' }),
    },
  });
  const paths: Json = {
    '/v2/models/{model}/infer': infer([model], 'infer'),
    '/v2/models/{model}/versions/{version}/infer': infer([model, version], 'inferVersion'),
    '/v1/models/{model}:predict': {
      post: {
        operationId: 'predictV1',
        summary: 'Predict rows (KServe V1)',
        tags: ['scoring'],
        parameters: [model],
        requestBody: body({
          type: 'object',
          properties: { instances: { type: 'array', minItems: 1, items: {} } },
          required: ['instances'],
        }),
        responses: responses({
          200: 'predictions, one per instance.',
          400: 'An instance does not fit the schema.',
          404: 'There is no such model.',
        }),
      },
    },
  };
  if (names.length > 0) paths['/invocations'] = invocations('the default deployment', 'invocations');
  for (const name of names) paths[`/deployments/${name}/invocations`] = invocations(`deployment ${name}`, `invocations_${name}`);
  return paths;
}

function invocations(what: string, operationId: string): Json {
  const properties = {
    dataframe_split: { type: 'object', properties: { columns: { type: 'array' }, data: { type: 'array' } } },
    dataframe_records: { type: 'array', items: { type: 'object' } },
    instances: { type: 'array' },
    inputs: {},
    params: { type: 'object' },
  };
  return {
    post: {
      operationId,
      summary: `Score a table or tensors with ${what} (MLflow scoring)`,
      description: 'Exactly one of dataframe_split, dataframe_records, instances and inputs; or CSV with a header line.',
      tags: ['scoring'],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', properties } }, 'text/csv': { schema: { type: 'string' } } },
      },
      responses: responses({ 200: 'predictions.', 400: 'The data does not fit the signature.', 415: 'Neither JSON nor CSV in UTF-8.' }),
    },
  };
}

function body(schema: Json): Json {
  return { required: true, content: { 'application/json': { schema } } };
}

function responses(own: Readonly<Record<number, string>>): Json {
  const all = {
    ...own,
    429: 'Too many rows are waiting.',
    503: 'No model is loaded, or the event could not be kept.',
    504: 'The rows waited too long.',
  };
  return Object.fromEntries(Object.entries(all).map(([status, description]) => [status, { description }]));
}
