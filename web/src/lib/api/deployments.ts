import type { z } from 'zod';
import type { DeploymentAnswer, HistoryAnswer } from '#contract/http/platform/deployments.ts';
import { get, post, send } from '../request.ts';

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

/** Everything stays as it is but one variant, which goes. */
export const stopVariant = ({ name, compat, variants }: Deployment, gone: Variant, reason: string): Promise<unknown> =>
  send('PUT', at(name), {
    variants: variants
      .filter((variant) => variant.name !== gone.name)
      .map(({ role, model, sample }) => ({ role, model, ...(sample === undefined ? {} : { sample }) })),
    ...(compat === undefined ? {} : { compat }),
    reason,
  });

export const predict = (name: string, body: unknown, signal?: AbortSignal): Promise<Answer> =>
  post(`/deployments/${encodeURIComponent(name)}/predict`, body, signal);

/** Inputs and outputs as the inference protocol tells them. */
export interface Tensors {
  readonly inputs: readonly { readonly name: string; readonly datatype: string; readonly shape: readonly number[] }[];
}

export const getTensors = (name: string, signal?: AbortSignal): Promise<Tensors> =>
  get(`/v2/models/${encodeURIComponent(name)}`, {}, signal);

/** Any body to a prediction path, and how long the answer took. */
export async function postRaw(path: string, body: unknown): Promise<{ readonly answer: unknown; readonly ms: number }> {
  const startedAt = performance.now();
  const answer = await post<unknown>(path, body);
  return { answer, ms: performance.now() - startedAt };
}

/** The variant whose answers callers get. */
export const primaryOf = (deployment: Deployment): Variant | undefined => deployment.variants.find(({ role }) => role === 'primary');
