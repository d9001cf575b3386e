import type { TrainingJob } from '#contract/http/platform/training.ts';
import { get } from '../request.ts';

export interface Component {
  readonly name: string;
  readonly kind: string;
  readonly state: 'ok' | 'degraded' | 'down' | 'starting';
  readonly detail: string;
}

export interface Status {
  readonly version: string;
  readonly ready: boolean;
  readonly roles: readonly { readonly name: string; readonly state: string }[];
  readonly components: readonly Component[];
}

export const getStatus = (signal?: AbortSignal): Promise<Status> => get('/api/v1/status', {}, signal);

export const listTrainingJobs = async (signal?: AbortSignal): Promise<readonly TrainingJob[]> =>
  (await get<{ items: readonly TrainingJob[] }>('/api/v1/training/jobs', {}, signal)).items;
