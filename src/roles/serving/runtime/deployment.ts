import type { DeploymentView } from '../api.ts';
import { fail } from '../errors.ts';
import type { StoredDeployment } from '../store.ts';
import { fail as requestFail } from './errors.ts';
import type { LiveModel } from './live-model.ts';
import { Variant } from './variant.ts';

const NO_SHADOWS: readonly LiveModel[] = [];

/** A named endpoint with its running variants. */
export class Deployment {
  readonly name: string;
  readonly variants: readonly Variant[];
  readonly primary: Variant;
  readonly #shadowVariants: readonly Variant[];
  stored: StoredDeployment;

  constructor(stored: StoredDeployment) {
    this.stored = stored;
    this.name = stored.name;
    this.variants = stored.variants.map((v) => new Variant(v));
    this.primary = this.variants.find((v) => v.role === 'primary') as Variant;
    this.#shadowVariants = this.variants.filter((v) => v.role === 'shadow');
  }

  /** Shadows that are loaded at this moment. */
  get shadows(): readonly LiveModel[] {
    const [only] = this.#shadowVariants;
    if (only === undefined) return NO_SHADOWS;
    if (this.#shadowVariants.length === 1) return only.live ? [only.live] : NO_SHADOWS;
    return this.#shadowVariants.flatMap((v) => (v.live ? [v.live] : []));
  }

  /** @throws MODEL_NOT_READY */
  livePrimary(): LiveModel {
    const { live, error } = this.primary;
    if (!live) throw fail.modelNotReady({ deployment: this.name, reason: error ?? 'it is still loading.' });
    return live;
  }

  /**
   * The model that answers a request that pins a variant for a test: `primary`, `shadow`, or `shadow.2` for the second of several.
   * @throws VARIANT_UNKNOWN, MODEL_NOT_READY
   */
  pinned(variant: string): LiveModel {
    if (variant === 'primary') return this.livePrimary();
    const found = this.variants.find((v, i) => v.role === variant || variant === this.#nameOf(i))?.live;
    if (found) return found;
    const known = this.variants.map((_, i) => this.#nameOf(i));
    throw requestFail.variantUnknown({ deployment: this.name, variant: variant.slice(0, 60), known });
  }

  #nameOf(index: number): string {
    const { role } = this.variants[index] as Variant;
    const before = this.variants.slice(0, index).filter((v) => v.role === role).length;
    return before === 0 ? role : `${role}.${before + 1}`;
  }

  view(): DeploymentView {
    const model = this.primary.live?.model;
    return {
      name: this.name,
      is_default: this.stored.isDefault,
      ...(this.stored.compat === undefined ? {} : { compat: this.stored.compat }),
      variants: this.variants.map((v, i) => ({ ...v.view(), name: this.#nameOf(i) })),
      schema: model?.schema ?? null,
      takes: model ? (model.plan ? 'rows' : 'tensors') : null,
      created_at: new Date(this.stored.createdMs).toISOString(),
      updated_at: new Date(this.stored.updatedMs).toISOString(),
    };
  }
}
