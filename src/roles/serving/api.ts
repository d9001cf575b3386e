import type { VariantRole } from '#contract/events.ts';
import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { ModelSchema } from '#contract/model-schema.ts';
import type { LogSource } from '#ports/event-log.ts';

/** What other roles may ask of deployments. */
export interface ServingApi {
  list(): Promise<readonly DeploymentView[]>;
  get(name: string): Promise<DeploymentView | undefined>;
  /** Makes or replaces a deployment's variants; resolves when the primary answers or its load failed. */
  put(name: string, change: DeploymentChange): Promise<DeploymentView>;
  /** Where this process writes its prediction events. */
  readonly log: LogSource;
}

export interface DeploymentChange {
  readonly variants: readonly {
    readonly role: VariantRole;
    readonly model: string;
    readonly weight?: number;
    readonly sample?: number | undefined;
  }[];
  /** The deployment that answers /predict. */
  readonly isDefault?: boolean;
  /** Reference system whose prediction API it speaks. */
  readonly compat?: CompatName | undefined;
  readonly by?: string;
  readonly reason?: string;
}

export interface DeploymentView {
  readonly name: string;
  readonly is_default: boolean;
  readonly compat?: CompatName;
  readonly variants: readonly VariantView[];
  /** Schema of the primary's live version; null while none is loaded. */
  readonly schema: ModelSchema | null;
  /** Rows of named fields, or only tensors on the inference protocol; null while no version is loaded. */
  readonly takes: 'rows' | 'tensors' | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface VariantView {
  readonly name: string;
  readonly role: VariantRole;
  /** The reference as configured: `models:/iris@production`. */
  readonly model: string;
  readonly model_name: string;
  /** The version that answers now; null while none is loaded. */
  readonly version: string | null;
  /** The version that the reference names now. */
  readonly desired_version: string | null;
  readonly run_id: string | null;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly error?: string;
  /** What else there is to know of its state: that registry or store does not answer, and so what is served is the last known good. */
  readonly detail?: string;
  /** Of its model: as measured when it was tried, else guessed from its file. */
  readonly memory_bytes?: number;
  readonly weight?: number;
  /** Share of the requests that a shadow sees; absent for all. */
  readonly sample?: number;
  readonly loaded_at: string | null;
}
