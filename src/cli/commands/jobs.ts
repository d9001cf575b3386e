import type { Command } from 'commander';
import type { TrainingJob } from '#contract/http/platform/training.ts';
import { fields, table } from '../terminal/output.ts';
import { action, commandGroup, type Session, serverCommand, wholeNumber } from '../terminal/server-command.ts';
import { resultLines } from './train.ts';

/** `trainyard jobs`: training jobs. */
export function jobsCommand(): Command {
  const group = commandGroup('jobs', 'look at training jobs and cancel them', ['trainyard jobs list', 'trainyard jobs cancel JOB_ID']);
  group.addCommand(
    serverCommand('list', 'training jobs, newest first', ['trainyard jobs list --limit 5'])
      .option('--limit <n>', 'most rows', wholeNumber(1, 1000), 20)
      .action(action(listJobs)),
  );
  group.addCommand(
    serverCommand('show', 'one job with its result', ['trainyard jobs show JOB_ID']).argument('<job_id>').action(action(showJob)),
  );
  group.addCommand(
    serverCommand('cancel', 'end a waiting or running job', ['trainyard jobs cancel JOB_ID'])
      .argument('<job_id>')
      .action(action(cancelJob)),
  );
  return group;
}

const path = (id: string): string => `/api/v1/training/jobs/${encodeURIComponent(id)}`;

async function listJobs({ client, out }: Session, { limit }: Readonly<Record<string, unknown>>): Promise<void> {
  const page = await client.get<{ items: readonly TrainingJob[] }>('/api/v1/training/jobs', { limit: limit as number });
  out.result(page, () =>
    table(
      ['job', 'state', '%', 'target', 'learner', 'created', 'step'],
      page.items.map((job) => [
        job.job_id,
        job.state,
        Math.round(job.progress * 100),
        job.request.target,
        job.result?.learner ?? null,
        job.created_at,
        job.error ?? job.step,
      ]),
    ),
  );
}

async function showJob({ client, out }: Session, _: Readonly<Record<string, unknown>>, id: string): Promise<void> {
  const job = await client.get<TrainingJob>(path(id));
  out.result(job, () => jobLines(job, client.url));
}

async function cancelJob({ client, out }: Session, _: Readonly<Record<string, unknown>>, id: string): Promise<void> {
  const job = await client.post<TrainingJob>(`${path(id)}/cancel`);
  out.result(job, () => jobLines(job, client.url));
}

function jobLines(job: TrainingJob, url: string): string[] {
  const { job_id, state, step, progress, created_at, finished_at, error, request } = job;
  const head = {
    job: job_id,
    state,
    step,
    progress: `${Math.round(progress * 100)} %`,
    data: request.data,
    target: request.target,
    created: created_at,
    finished: finished_at,
    error,
  };
  return [...fields(head), ...job.warnings.map((warning) => `warning: ${warning}`), ...(job.result ? ['', ...resultLines(job, url)] : [])];
}
