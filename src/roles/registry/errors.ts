import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

const INVALID = 'INVALID_PARAMETER_VALUE';
const MISSING = 'RESOURCE_DOES_NOT_EXIST';

/** Sentences are MLflow's where its clients or their tests read them. */
export const { specs, fail } = catalogue({
  modelNotFound: {
    code: 'REGISTRY_MODEL_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ name }) => `Registered Model with name=${name} not found`,
  } satisfies ErrorSpec<{ name: string }>,
  modelExists: {
    code: 'REGISTRY_MODEL_EXISTS',
    status: 400,
    mlflow: 'RESOURCE_ALREADY_EXISTS',
    message: ({ name }) => `Registered Model (name=${name}) already exists.`,
  } satisfies ErrorSpec<{ name: string }>,
  versionNotFound: {
    code: 'REGISTRY_VERSION_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ name, version }) => `Model Version (name=${name}, version=${version}) not found`,
  } satisfies ErrorSpec<{ name: string; version: string }>,
  aliasNotFound: {
    code: 'REGISTRY_ALIAS_NOT_FOUND',
    status: 400,
    mlflow: INVALID,
    message: ({ alias }) => `Registered model alias ${alias} not found.`,
  } satisfies ErrorSpec<{ alias: string; name: string }>,
  referenceInvalid: {
    code: 'REGISTRY_REFERENCE_INVALID',
    status: 400,
    mlflow: INVALID,
    message: ({ reference }) => `'${reference}' is not a model reference: use models:/NAME/3, models:/NAME@alias or models:/NAME/Stage.`,
  } satisfies ErrorSpec<{ reference: string }>,
  stageEmpty: {
    code: 'REGISTRY_STAGE_EMPTY',
    status: 404,
    mlflow: MISSING,
    message: ({ name, stage }) => `No version of ${name} is in stage ${stage}.`,
  } satisfies ErrorSpec<{ name: string; stage: string }>,
  sourceInvalid: {
    code: 'REGISTRY_SOURCE_INVALID',
    status: 400,
    mlflow: INVALID,
    message: ({ source, why }) => `Invalid model version source: '${source}'. ${why}`.trimEnd(),
  } satisfies ErrorSpec<{ source: string; why: string }>,
  webhookNotFound: {
    code: 'REGISTRY_WEBHOOK_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ id }) => `Webhook with ID ${id} not found.`,
  } satisfies ErrorSpec<{ id: string }>,
  webhookSecretUnreadable: {
    code: 'REGISTRY_WEBHOOK_SECRET_UNREADABLE',
    status: 409,
    mlflow: 'INVALID_STATE',
    message: ({ id }) => `The secret of webhook ${id} was encrypted under another key.`,
    hint: 'Bring back the key file of the data folder (or webhooks.secret_key), or set the secret again.',
  } satisfies ErrorSpec<{ id: string }>,
  webhookKeyInvalid: {
    code: 'REGISTRY_WEBHOOK_KEY_INVALID',
    status: 500,
    message: ({ place }) => `The key for webhook secrets at ${place} is not 32 bytes of base64.`,
  } satisfies ErrorSpec<{ place: string }>,
  pageTokenInvalid: {
    code: 'REGISTRY_PAGE_TOKEN_INVALID',
    status: 400,
    mlflow: INVALID,
    message: () => 'Invalid page token: it was not issued by this server for this search.',
  } satisfies ErrorSpec<Record<string, never>>,
});
