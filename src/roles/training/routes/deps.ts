import type { DataSources } from '../data/sources.ts';
import type { TrainingJobs } from '../jobs.ts';
import type { ShortTasks } from '../short-tasks.ts';

/** What the training routes work with. */
export interface TrainingRouteDeps {
  readonly jobs: TrainingJobs;
  readonly sources: DataSources;
  readonly tasks: ShortTasks;
}

export const mounts = ['/api/v1'] as const;
