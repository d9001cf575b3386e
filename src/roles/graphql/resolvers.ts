import type { GraphQLFieldResolver } from 'graphql';
import { failureOf } from '#http/failure.ts';
import { KnownError } from '#kernel/errors.ts';
import type { ArtifactsApi } from '../artifacts/api.ts';
import type { RegistryApi } from '../registry/api.ts';
import type { TrackingApi } from '../tracking/api.ts';
import type { Related } from './related.ts';
import { type WireObject, wireName } from './wire-fields.ts';

/** Where the answers come from. */
export interface MlflowPeers {
  readonly tracking: Pick<TrackingApi, 'mlflow'>;
  readonly registry: Pick<RegistryApi, 'mlflow'>;
  readonly artifacts: Pick<ArtifactsApi, 'mlflow'>;
}

/** What the fields of one query share. */
export interface QueryContext {
  readonly peers: MlflowPeers;
  readonly related: Related;
  readonly requestId: string;
  /** Refusals, told beside the data. */
  readonly refused: string[];
  /** A failure of the server: the whole question fails. */
  failure?: unknown;
}

type Resolver = GraphQLFieldResolver<WireObject, QueryContext>;
type Ask = (peers: MlflowPeers, input: Record<string, unknown>) => Promise<unknown>;

const echo: Resolver = (_, args) => ({ output: args['inputString'] ?? null });

const searchRuns = asked(['runs', 'next_page_token'], ({ tracking }, input) => tracking.mlflow('runs/search', input));

/** Fields that do more than read their parent, by type. */
export const RESOLVERS: Readonly<Record<string, Readonly<Record<string, Resolver>>>> = {
  Query: {
    mlflowGetExperiment: asked(['experiment'], ({ tracking }, input) => tracking.mlflow('experiments/get', input)),
    mlflowGetRun: asked(['run'], ({ tracking }, input) => tracking.mlflow('runs/get', input)),
    mlflowSearchRuns: searchRuns,
    mlflowGetMetricHistoryBulkInterval: asked(['metrics'], ({ tracking }, input) =>
      tracking.mlflow('metrics/get-history-bulk-interval', input),
    ),
    mlflowListArtifacts: asked(['root_uri', 'files', 'next_page_token'], ({ artifacts }, input) =>
      artifacts.mlflow('artifacts/list', input),
    ),
    mlflowSearchModelVersions: asked(['model_versions', 'next_page_token'], ({ registry }, input) =>
      registry.mlflow('model-versions/search', input),
    ),
    test: echo,
  },
  Mutation: {
    mlflowSearchDatasets: asked(['dataset_summaries'], ({ tracking }, input) => tracking.mlflow('experiments/search-datasets', input)),
    mlflowSearchRuns: searchRuns,
    testMutation: echo,
  },
  MlflowRunExtension: {
    experiment: ({ info }, _, { related }) => related.experiment((info as { experiment_id: string }).experiment_id),
    modelVersions: ({ info }, _, { related }) => related.versions((info as { run_id: string }).run_id),
  },
};

/** A field of the top: asks an endpoint, and turns its refusal into `apiError`. @param fields what the answer holds otherwise */
function asked(fields: readonly string[], ask: Ask): Resolver {
  return async (_, { input }, context) => {
    try {
      const answer = (await ask(context.peers, wireInput((input as Record<string, unknown> | undefined) ?? {}))) as WireObject;
      return { ...answer, api_error: null };
    } catch (error) {
      const failure = failureOf(error, 'mlflow', context.requestId);
      if (!(error instanceof KnownError) || failure.status >= 500) {
        context.failure ??= error;
        return null;
      }
      context.refused.push(error.message);
      const { error_code: code, message } = failure.body;
      const api_error = { code, message, help_url: null, trace_id: null, error_details: null };
      return { ...Object.fromEntries(fields.map((field) => [field, null])), api_error };
    }
  };
}

/** Names as the endpoints know them. An explicit null is unset there as well. */
function wireInput(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [wireName(name), value]));
}
