import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

const INVALID = 'INVALID_PARAMETER_VALUE';
const MISSING = 'RESOURCE_DOES_NOT_EXIST';

/** Sentences are MLflow's where its clients or their tests read them. */
export const { specs, fail } = catalogue({
  experimentNotFound: {
    code: 'TRACKING_EXPERIMENT_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ id }) => `No Experiment with id=${id} exists`,
  } satisfies ErrorSpec<{ id: string }>,
  experimentNameNotFound: {
    code: 'TRACKING_EXPERIMENT_NAME_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ name }) => `Could not find experiment with name '${name}'`,
  } satisfies ErrorSpec<{ name: string }>,
  experimentExists: {
    code: 'TRACKING_EXPERIMENT_EXISTS',
    status: 400,
    mlflow: 'RESOURCE_ALREADY_EXISTS',
    message: ({ name, deleted }) =>
      `Experiment(name=${name}) already exists.${deleted ? ' It is deleted: restore it, or use another name.' : ''}`,
  } satisfies ErrorSpec<{ name: string; deleted: boolean }>,
  experimentNotActive: {
    code: 'TRACKING_EXPERIMENT_NOT_ACTIVE',
    status: 400,
    mlflow: INVALID,
    message: ({ id }) => `The experiment ${id} must be in the 'active' state. Current state is deleted.`,
    hint: 'Restore the experiment first.',
  } satisfies ErrorSpec<{ id: string }>,
  experimentNotRenamed: {
    code: 'TRACKING_EXPERIMENT_NOT_RENAMED',
    status: 400,
    mlflow: INVALID,
    message: () => 'Cannot rename a non-active experiment.',
    hint: 'Restore the experiment first.',
  } satisfies ErrorSpec<Record<string, never>>,
  runNotFound: {
    code: 'TRACKING_RUN_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ id }) => `Run with id=${id} not found`,
  } satisfies ErrorSpec<{ id: string }>,
  runNotActive: {
    code: 'TRACKING_RUN_NOT_ACTIVE',
    status: 400,
    mlflow: INVALID,
    message: ({ id }) => `The run ${id} must be in the 'active' state. Current state is deleted.`,
    hint: 'Restore the run first.',
  } satisfies ErrorSpec<{ id: string }>,
  paramChanged: {
    code: 'TRACKING_PARAM_CHANGED',
    status: 400,
    mlflow: INVALID,
    message: ({ key, was, run, now }) =>
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${was}' for run ID='${run}'. Attempted logging new value '${now}'.`,
    hint: 'Log the parameter once per run; use a nested run for each variation.',
  } satisfies ErrorSpec<{ key: string; was: string; run: string; now: string }>,
  tagNotFound: {
    code: 'TRACKING_TAG_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ key, of, id }) =>
      ({
        run: `No tag with name: ${key} in run with id ${id}`,
        experiment: `No tag with name: ${key} in experiment with id ${id}`,
        'logged model': `No tag with key '${key}' found for model with ID '${id}'.`,
        trace: `No trace tag with key '${key}' for trace with ID '${id}'`,
      })[of],
  } satisfies ErrorSpec<{ key: string; of: 'run' | 'experiment' | 'logged model' | 'trace'; id: string }>,
  datasetNotFound: {
    code: 'TRACKING_DATASET_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ id }) => `Evaluation dataset with id '${id}' not found`,
  } satisfies ErrorSpec<{ id: string }>,
  loggedModelNotFound: {
    code: 'TRACKING_LOGGED_MODEL_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ id }) => `Logged model with ID '${id}' not found.`,
  } satisfies ErrorSpec<{ id: string }>,
  traceNotFound: {
    code: 'TRACKING_TRACE_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    // Clients match this sentence for the id 'get' to learn that whole traces come from the artifacts.
    message: ({ id }) => `Trace with ID '${id}' not found.`,
  } satisfies ErrorSpec<{ id: string }>,
  scorerNotFound: {
    code: 'TRACKING_SCORER_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ name, version, experiment }) =>
      `Scorer with name '${name}'${version === undefined ? '' : ` and version ${version}`} not found for experiment ${experiment}.`,
  } satisfies ErrorSpec<{ name: string; version: number | undefined; experiment: string }>,
  otlpInvalid: {
    code: 'TRACKING_OTLP_INVALID',
    status: 400,
    mlflow: 'BAD_REQUEST',
    message: ({ detail }) => detail,
  } satisfies ErrorSpec<{ detail: string }>,
  otlpTooLarge: {
    code: 'TRACKING_OTLP_TOO_LARGE',
    status: 413,
    mlflow: INVALID,
    message: ({ limit }) => `The spans take more than ${limit} bytes once they are unpacked.`,
    hint: 'Send fewer spans per request (OTEL_BSP_MAX_EXPORT_BATCH_SIZE).',
  } satisfies ErrorSpec<{ limit: number }>,
  otlpNoExperiment: {
    code: 'TRACKING_OTLP_NO_EXPERIMENT',
    status: 422,
    mlflow: INVALID,
    message: ({ header }) => `The header '${header}' is missing: it says to which experiment the spans belong.`,
    hint: 'OTEL_EXPORTER_OTLP_HEADERS=x-mlflow-experiment-id=0',
  } satisfies ErrorSpec<{ header: string }>,
  otlpNoSpan: {
    code: 'TRACKING_OTLP_NO_SPAN',
    status: 422,
    mlflow: INVALID,
    message: () => 'Cannot convert OpenTelemetry span to MLflow span',
    hint: 'A span has a trace_id of 16 bytes, a span_id of 8, and times of 64 bits.',
  } satisfies ErrorSpec<Record<string, never>>,
  assessmentNotFound: {
    code: 'TRACKING_ASSESSMENT_NOT_FOUND',
    status: 404,
    mlflow: MISSING,
    message: ({ id, traceId }) => `Assessment with ID '${id}' not found for trace '${traceId}'`,
  } satisfies ErrorSpec<{ id: string; traceId: string }>,
  assessmentKind: {
    code: 'TRACKING_ASSESSMENT_KIND',
    status: 400,
    mlflow: INVALID,
    message: ({ kind }) =>
      kind === 'feedback'
        ? 'Cannot update feedback value on an Expectation assessment.'
        : 'Cannot update expectation value on a Feedback assessment.',
  } satisfies ErrorSpec<{ kind: 'feedback' | 'expectation' }>,
  searchInvalid: {
    code: 'TRACKING_SEARCH_INVALID',
    status: 400,
    mlflow: INVALID,
    message: ({ detail }) => detail,
  } satisfies ErrorSpec<{ detail: string; errors: readonly { field: string; message: string; position: number }[] }>,
  pageTokenInvalid: {
    code: 'TRACKING_PAGE_TOKEN_INVALID',
    status: 400,
    mlflow: INVALID,
    message: () => 'Invalid page token: it was not issued by this server for this search.',
  } satisfies ErrorSpec<Record<string, never>>,
});
