import { Link } from '@tanstack/react-router';
import type { TrainingJob } from '#contract/http/platform/training.ts';
import { Ago } from '@/components/ago.tsx';
import { Empty } from '@/components/states.tsx';
import { Status, type Tone } from '@/components/status.tsx';
import { command } from '@/lib/commands.ts';
import { percent } from '@/lib/format.ts';
import css from './jobs.module.css';

const TONES: Readonly<Record<TrainingJob['state'], Tone>> = {
  queued: 'none',
  running: 'info',
  succeeded: 'ok',
  failed: 'bad',
  cancelled: 'none',
};

/** The latest training jobs, each with what came of it in words. */
export function TrainingJobs({ jobs }: { jobs: readonly TrainingJob[] }) {
  if (jobs.length === 0) {
    return (
      <Empty title="Nothing was trained here yet">
        <p>{command('train', ' data.csv --target column')} starts a job.</p>
      </Empty>
    );
  }
  return (
    <ul className={css.jobs}>
      {jobs.slice(0, 6).map((job) => (
        <li key={job.job_id}>
          <div className="row">
            <Status tone={TONES[job.state]}>{job.state === 'running' ? percent(job.progress, 0) : job.state}</Status>
            <strong className="clip">{job.request.register ?? job.request.deploy ?? job.request.target}</strong>
            {job.result?.version && (
              <Link className="link" to="/models/$name/$version" params={{ name: job.result.model ?? '', version: job.result.version }}>
                v{job.result.version}
              </Link>
            )}
            <span className="muted end">
              <Ago time={job.finished_at ?? job.created_at} />
            </span>
          </div>
          <p className="muted">{job.error ?? job.result?.decision ?? job.step}</p>
        </li>
      ))}
    </ul>
  );
}
