import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Preview, TrainingJob, TrainRequest, UploadedDataset } from '#contract/http/platform/training.ts';
import { pause } from '#kernel/retry.ts';
import { CliError, type Client } from '../terminal/client.ts';
import { fields, table } from '../terminal/output.ts';
import { ProgressBar } from '../terminal/progress.ts';
import { action, decimal, list, type Session, serverCommand, wholeNumber } from '../terminal/server-command.ts';

const POLL_MS = 250;

interface TrainOptions {
  readonly target: string;
  readonly task?: 'classification' | 'regression';
  readonly learner?: readonly string[];
  readonly param?: readonly string[];
  readonly register?: string;
  readonly alias?: string;
  readonly deploy?: string;
  readonly role?: 'primary' | 'shadow';
  readonly default?: boolean;
  readonly promotion?: 'gate' | 'always' | 'never';
  readonly experiment?: string;
  readonly drop?: readonly string[];
  readonly testSize?: number;
  readonly validationSize?: number;
  readonly folds?: number;
  readonly maxZ?: number;
  readonly seed?: number;
  readonly preview?: boolean;
  readonly wait: boolean;
}

/** `trainyard train FILE --target COLUMN`: sends the file, shows how it is read, trains, and tells what came of it. */
export function trainCommand(): Command {
  const examples = [
    'trainyard train churn.csv --target Churn --deploy churn',
    'trainyard train houses.parquet --target price --learner linear,forest,boosting --folds 3 --register houses',
    'trainyard train churn.csv --target Churn --preview',
  ];
  return serverCommand('train', 'train a model on a CSV or Parquet file, and register and deploy it if asked', examples)
    .argument('<file>', 'data file; or example:NAME for a bundled one, upload:ID for one sent before')
    .requiredOption('--target <column>', 'column to predict')
    .option('--task <task>', 'classification or regression (default: by the target)')
    .option('--learner <names>', 'learner, or several with commas to compare: linear, ridge, logistic, tree, forest, boosting', list)
    .option('--param <name=value>', 'parameter of the learner (may be repeated)', list)
    .option('--register <name>', 'add a version to this registered model')
    .option('--alias <alias>', 'alias that the version gets if it passes the gate')
    .option('--deploy <name>', 'make or update this deployment')
    .option('--role <role>', 'part in the deployment: primary or shadow')
    .option('--default', 'make it the deployment that answers /predict')
    .option('--promotion <mode>', 'gate (compare with the present version), always or never')
    .option('--experiment <name>', 'experiment of the runs')
    .option('--drop <columns>', 'columns to leave out', list)
    .option('--test-size <share>', 'share of rows held back for the last word (default 0.2)', decimal(0, 1))
    .option('--validation-size <share>', 'share of rows for choosing between learners', decimal(0, 1))
    .option('--folds <n>', 'folds of the cross-validation, 0 for none', wholeNumber(0, 20))
    .option('--max-z <z>', 'leave rows out of training that are further than this from the mean, in standard deviations', decimal(0))
    .option('--seed <n>', 'seed of the split and of the learners', wholeNumber(0))
    .option('--preview', 'only show how the file is read')
    .option('--no-wait', 'do not wait for the end')
    .action(action(train));
}

async function train({ client, out }: Session, raw: Readonly<Record<string, unknown>>, file: string): Promise<void> {
  const options = raw as unknown as TrainOptions;
  const bar = new ProgressBar();
  const data = /^(?:upload|example):/u.test(file) ? file : await upload(client, file, bar);
  const request = requestOf(data, options);
  const preview = await client.post<Preview>('/api/v1/training/preview', request);
  if (options.preview) return out.result(preview, () => previewLines(preview));
  for (const line of previewLines(preview, MAX_LISTED)) out.note(line);
  const job = await client.post<TrainingJob>('/api/v1/training/jobs', request);
  if (!options.wait)
    return out.result(job, () => [`job ${job.job_id} is ${job.state}; trainyard jobs show ${job.job_id} tells how it goes`]);
  const ended = await follow(client, job, bar);
  for (const warning of ended.warnings.filter((sentence) => !preview.warnings.includes(sentence))) out.note(`warning: ${warning}`);
  if (ended.state === 'succeeded' || out.json)
    out.result(ended, () => [...resultLines(ended, client.url), ...trialLines(ended, preview.schema, client.url)]);
  if (ended.state !== 'succeeded')
    throw new CliError(`The training ${ended.state === 'cancelled' ? 'was cancelled' : `failed: ${ended.error}`}`);
}

async function upload(client: Client, file: string, bar: ProgressBar): Promise<string> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new CliError(`'${file}' is a folder, not a file.`, { exitCode: 2 });
  if (!found?.isFile()) throw new CliError(`There is no file '${file}'.`, { exitCode: 2 });
  if (found.size === 0) throw new CliError(`The file '${file}' is empty.`, { exitCode: 2 });
  bar.update(0, `sending ${basename(file)}`);
  const sent = await client.sendFile<UploadedDataset>(
    'POST',
    `/api/v1/datasets?inspect=false&name=${encodeURIComponent(basename(file))}`,
    file,
  );
  bar.end();
  return sent.data;
}

function requestOf(data: string, options: TrainOptions): TrainRequest {
  const [only, ...more] = options.learner ?? [];
  const request = {
    data,
    target: options.target,
    task: options.task,
    learner: more.length > 0 ? [only, ...more] : only,
    params: options.param === undefined ? undefined : Object.fromEntries(options.param.map(parameter)),
    register: options.register,
    alias: options.alias,
    deploy: options.deploy,
    role: options.role,
    default_deployment: options.default,
    promotion: options.promotion,
    experiment: options.experiment,
    drop: options.drop,
    test_size: options.testSize,
    validation_size: options.validationSize,
    folds: options.folds,
    max_z: options.maxZ,
    seed: options.seed,
  };
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as TrainRequest;
}

function parameter(text: string): [string, number | string | boolean] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`--param takes name=value, not '${text}'.`, { exitCode: 2 });
  const value = text.slice(at + 1);
  if (value === 'true' || value === 'false') return [text.slice(0, at), value === 'true'];
  return [text.slice(0, at), value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value];
}

/** Asks until the job has ended; Ctrl-C cancels it. */
async function follow(client: Client, started: TrainingJob, bar: ProgressBar): Promise<TrainingJob> {
  let job = started;
  const cancel = (): void => void client.post(`/api/v1/training/jobs/${job.job_id}/cancel`).catch(() => undefined);
  process.once('SIGINT', cancel);
  try {
    while (job.state === 'queued' || job.state === 'running') {
      bar.update(job.progress, job.step);
      await pause(POLL_MS);
      job = await client.get<TrainingJob>(`/api/v1/training/jobs/${job.job_id}`);
    }
    return job;
  } finally {
    bar.end();
    process.removeListener('SIGINT', cancel);
  }
}

/** Features up to which a list of columns is shown whole before a training; `--preview` shows all. */
const MAX_LISTED = 40;

export function previewLines({ rows, rows_left_out, columns, schema, warnings }: Preview, most = Number.POSITIVE_INFINITY): string[] {
  const left = rows_left_out > 0 ? ` (${rows_left_out} without a target left out)` : '';
  const from = schema.fields.length === 1 ? '1 column' : `${schema.fields.length} columns`;
  const features = columns.filter(({ use }) => use === 'feature').slice(most);
  const shown = columns.filter((column) => !features.includes(column));
  return [
    `${schema.task} of '${schema.target}' from ${from}, ${rows} rows${left}`,
    ...table(
      ['column', 'use', 'kind', 'missing', 'distinct'],
      shown.map((c) => [c.name, c.use, c.kind, c.missing, c.distinct]),
    ),
    ...(features.length > 0 ? [`… and ${features.length} more features; --preview shows all`] : []),
    ...warnings.map((warning) => `warning: ${warning}`),
    '',
  ];
}

/** Fields up to which a call fits into a terminal; above, the page has a form for it. */
const MAX_SHOWN_FIELDS = 30;

/** How to ask the deployment, with a typical row; or how to make the version live that was not promoted. */
export function trialLines({ result }: TrainingJob, { fields: columns }: Preview['schema'], url: string): string[] {
  if (!result?.deployment) return [];
  if (!result.promoted) return ['', `all the same: trainyard promote ${result.deployment} --version ${result.version} --reason "why"`];
  const page = `its page: ${url}/deployments/${encodeURIComponent(result.deployment)}`;
  if (columns.length > MAX_SHOWN_FIELDS) return ['', page];
  const row = JSON.stringify(Object.fromEntries(columns.map(({ name, example }) => [name, example ?? null])));
  return ['', `try it: curl ${url}/deployments/${result.deployment}/predict -d '${row.replaceAll("'", "'\\''")}'`, page];
}

/** What came of a job, for people. */
export function resultLines({ result, state }: TrainingJob, url: string): string[] {
  if (!result) return [`job ${state}`];
  const figures = [
    'test_rmse',
    'test_mae',
    'test_r2_score',
    'test_accuracy',
    'test_f1_weighted',
    'test_log_loss',
    'cv_mean_rmse',
    'cv_mean_accuracy',
  ];
  const shown = figures.filter((name) => result.candidates.some(({ metrics }) => metrics[name] !== undefined));
  return [
    ...table(
      ['learner', ...shown, 'seconds'],
      result.candidates.map(({ learner, metrics, seconds }) => [
        `${learner}${learner === result.learner && result.candidates.length > 1 ? ' *' : ''}`,
        ...shown.map((name) => metrics[name] ?? null),
        seconds,
      ]),
    ),
    ...fields({
      run: `${url}/runs/${result.run_id}`,
      model: result.model === null ? undefined : `models:/${result.model}/${result.version}`,
      deployment: result.deployment === null ? undefined : `${url}/deployments/${result.deployment}/predict`,
    }),
    result.decision,
  ];
}
