import type { Deployment } from '@/lib/api/deployments.ts';

type ByKey = ReadonlyMap<string, readonly string[]>;

function gather(deployments: readonly Deployment[], keyOf: (variant: Deployment['variants'][number]) => string | undefined): ByKey {
  const found = new Map<string, string[]>();
  for (const { name, variants } of deployments) {
    for (const variant of variants) {
      const key = keyOf(variant);
      if (key === undefined || found.get(key)?.includes(name)) continue;
      found.set(key, [...(found.get(key) ?? []), name]);
    }
  }
  return found;
}

/** Deployments by the model that they serve. */
export const liveByModel = (deployments: readonly Deployment[]): ByKey => gather(deployments, ({ model_name }) => model_name);

/** Deployments by the version of a model that answers in them now. */
export const liveByVersion = (deployments: readonly Deployment[], model: string): ByKey =>
  gather(deployments, ({ model_name, version }) => (model_name === model && version !== null ? version : undefined));

/** Deployments by the alias of a model that their variants follow. */
export const followersOf = (deployments: readonly Deployment[], model: string): ByKey =>
  gather(deployments, (variant) => (variant.model_name === model ? variant.model.split('@')[1] : undefined));
