import type { Tone } from '@/components/status.tsx';
import type { LoggedModel, ModelMetric } from '@/lib/api/logged-models.ts';

/** A version of a registered model that was made of a logged one. */
export interface Registered {
  readonly name: string;
  readonly version: string;
}

/** The registry writes them down at the model; what is no such list is none. */
export function registeredAs({ info }: LoggedModel): readonly Registered[] {
  const text = info.tags?.find(({ key }) => key === 'mlflow.modelVersions')?.value;
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.flatMap((one: { name?: unknown; version?: unknown } | null) =>
      typeof one?.name === 'string' && one.version !== undefined ? [{ name: one.name, version: String(one.version) }] : [],
    );
  } catch {
    return [];
  }
}

/** The last value of each metric on each data set: the greatest step, then the latest time. */
export function lastMetrics({ data }: LoggedModel): readonly ModelMetric[] {
  const last = new Map<string, ModelMetric>();
  for (const metric of data?.metrics ?? []) {
    const key = JSON.stringify([metric.key, metric.dataset_name, metric.dataset_digest]);
    const before = last.get(key);
    if (before === undefined || isLater(metric, before)) last.set(key, metric);
  }
  return [...last.values()];
}

function isLater(a: ModelMetric, b: ModelMetric): boolean {
  const [step, other] = [Number(a.step), Number(b.step)];
  return step === other ? Number(a.timestamp) >= Number(b.timestamp) : step > other;
}

const STATES: Readonly<Record<string, { readonly tone: Tone; readonly word: string }>> = {
  LOGGED_MODEL_READY: { tone: 'ok', word: 'ready' },
  LOGGED_MODEL_PENDING: { tone: 'warn', word: 'being uploaded' },
  LOGGED_MODEL_UPLOAD_FAILED: { tone: 'bad', word: 'upload failed' },
};

export const stateOf = ({ info }: LoggedModel): { readonly tone: Tone; readonly word: string } =>
  STATES[info.status] ?? { tone: 'none', word: info.status };
