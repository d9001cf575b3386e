import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { SystemChecks } from './compat/system-checks.ts';
import type { LoadedModel } from './model/load.ts';
import type { Deployments } from './runtime/deployments.ts';

interface HealthOptions {
  /** As which system the default deployment answers, where it does not say so itself. */
  readonly compat: CompatName | undefined;
  readonly checks: SystemChecks;
}

/** Model fields of system 000's and 002's health answers, for the default deployment; where that answers as system 002 also what it tells of the machine. */
export function health(deployments: Deployments, { compat, checks }: HealthOptions): Record<string, unknown> {
  const first = deployments.all().find((d) => d.stored.isDefault) ?? deployments.all()[0];
  const primary = first?.primary.live?.model;
  const shadow = first?.shadows[0]?.model;
  const isHousing = (first?.stored.compat ?? compat) === 'housing-002';
  return {
    model_loaded: primary !== undefined,
    model_prod_loaded: primary !== undefined,
    model_prod_name: primary?.name ?? 'unknown',
    model_prod_version: primary?.version ?? 'unknown',
    model_shadow_loaded: shadow !== undefined,
    model_shadow_name: shadow?.name ?? 'unknown',
    model_shadow_version: shadow?.version ?? 'unknown',
    ...(isHousing ? { checks: { system: checks.read(), model: modelCheck(primary) } } : {}),
  };
}

/** System 002 keeps its scaler in a file beside the model; here it is in the graph. */
function modelCheck(model: LoadedModel | undefined) {
  return {
    loaded: model !== undefined,
    model_type: model?.name ?? null,
    feature_count: model?.schema.fields.length ?? 0,
    scaler_available: model !== undefined,
    available_model_files: model ? [`${model.name}_v${model.version}.onnx`] : [],
  };
}
