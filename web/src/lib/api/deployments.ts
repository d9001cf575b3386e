import type { z } from 'zod';
import type { DeploymentAnswer, HistoryAnswer } from '#contract/http/platform/deployments.ts';
import { get, post } from '../request.ts';

export type Deployment = DeploymentAnswer;
export type Variant = Deployment['variants'][number];
export type Change = z.infer<typeof HistoryAnswer>['items'][number];

export type Inputs = Readonly<Record<string, number | string | boolean | null>>;

/** An answer of the try-it form. */
export interface Answer {
  readonly prediction: number | string | null;
  readonly predicted_class?: string;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly prediction_id: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly timestamp: string;
}

interface List<T> {
  readonly items: readonly T[];
}

const at = (name: string): string => `/api/v1/deployments/${encodeURIComponent(name)}`;

/** The default deployment first. */
export const listDeployments = async (signal?: AbortSignal): Promise<readonly Deployment[]> =>
  [...(await get<List<Deployment>>('/api/v1/deployments', {}, signal)).items].sort(
    (a, b) => Number(b.is_default) - Number(a.is_default) || a.name.localeCompare(b.name),
  );

export const getDeployment = (name: string, signal?: AbortSignal): Promise<Deployment> => get(at(name), {}, signal);

/** Newest first, whatever order the server keeps. */
export async function listChanges(name: string, signal?: AbortSignal): Promise<readonly Change[]> {
  const { items } = await get<List<Change>>(`${at(name)}/history`, {}, signal);
  return [...items].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

export const promote = (name: string, change: { version?: string; reason: string }): Promise<unknown> =>
  post(`${at(name)}/promote`, change);
export const rollback = (name: string, change: { reason: string }): Promise<unknown> => post(`${at(name)}/rollback`, change);

export const predict = (name: string, inputs: Inputs, signal?: AbortSignal): Promise<Answer> =>
  post(`/deployments/${encodeURIComponent(name)}/predict`, inputs, signal);

/** The variant whose answers callers get. */
export const primaryOf = (deployment: Deployment): Variant | undefined => deployment.variants.find(({ role }) => role === 'primary');
