import { z } from 'zod';
import { defineRoute } from '#http/route.ts';
import type { Deployments } from '../runtime/deployments.ts';

interface Deps {
  readonly deployments: Deployments;
}

const route = defineRoute<Deps>();

/** GET /model-info */
export const modelInfo = route({
  method: 'GET',
  path: '/model-info',
  summary: 'The model behind /predict (fields of system 003 and more)',
  access: 'caller',
  tag: 'predict',
  input: z.object({ deployment: z.string().optional() }),
  handle: ({ deployments }, { deployment }) => {
    const found = deployment === undefined ? deployments.default() : deployments.get(deployment);
    const { model, loadedAt } = found.livePrimary();
    const { resolved, schema } = model;
    return {
      model_name: model.name,
      model_version: model.version,
      current_stage: resolved.stage,
      description: resolved.description,
      creation_timestamp: resolved.created_ms,
      last_updated_timestamp: resolved.updated_ms,
      run_id: model.runId,
      aliases: resolved.aliases,
      deployment: found.name,
      loaded_at: loadedAt,
      schema,
    };
  },
});

/** POST /reload_model */
export const reloadModel = route({
  method: 'POST',
  path: '/reload_model',
  summary: 'Resolve every reference now and load what changed; requests go on meanwhile',
  access: 'editor',
  tag: 'predict',
  input: z.object({}).optional(),
  handle: async ({ deployments }) => {
    await deployments.reload();
    const { model } = deployments.default().livePrimary();
    return { status: 'model reloaded', model_name: model.name, model_version: model.version };
  },
});
