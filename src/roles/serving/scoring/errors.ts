import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

/** MLflow's own sentence; its clients and users know it (mlflow/pyfunc/scoring_server, version 3). */
const REQUIRED =
  "The input must be a JSON dictionary with exactly one of the input fields {'dataframe_split', 'dataframe_records', 'instances', 'inputs'}";

export const { specs, fail } = catalogue({
  bodyInvalid: {
    code: 'SCORING_BODY_INVALID',
    status: 400,
    mlflow: 'BAD_REQUEST',
    message: ({ reason }) => `${REQUIRED}. ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
  dataInvalid: {
    code: 'SCORING_DATA_INVALID',
    status: 400,
    mlflow: 'BAD_REQUEST',
    message: ({ reason }) => reason,
  } satisfies ErrorSpec<{ reason: string }>,
  schemaViolated: {
    code: 'SCORING_SCHEMA_VIOLATED',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ rows, schema, reason }) =>
      `Failed to predict data of ${rows} row${rows === 1 ? '' : 's'}. \nError: Failed to enforce schema of data with schema '${schema}'. Error: ${reason}`,
  } satisfies ErrorSpec<{ rows: number; schema: string; reason: string }>,
  mediaUnsupported: {
    code: 'SCORING_MEDIA_UNSUPPORTED',
    status: 415,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ type }) =>
      `This predictor only supports the following content types: Types: ['text/csv', 'application/json']. Got '${type}'.`,
  } satisfies ErrorSpec<{ type: string }>,
  charsetUnsupported: {
    code: 'SCORING_CHARSET_UNSUPPORTED',
    status: 415,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: () => 'The scoring server only supports UTF-8',
  } satisfies ErrorSpec<Record<string, never>>,
  modelNameUnknown: {
    code: 'KSERVE_MODEL_UNKNOWN',
    status: 404,
    message: ({ name }) => `Model with name ${name} does not exist.`,
  } satisfies ErrorSpec<{ name: string }>,
});
