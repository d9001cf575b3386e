import type { VariantRole } from '#contract/events.ts';
import type { VariantView } from '../api.ts';
import type { StoredVariant } from '../store.ts';
import type { LiveModel } from './live-model.ts';
import { memoryOf } from './memory-budget.ts';

/** The parts of `models:/NAME@alias` or `models:/NAME/3`. */
export interface ModelReference {
  readonly name: string;
  readonly alias?: string;
  readonly version?: string;
}

/** Undefined when the text is no model reference. */
export function parseReference(text: string): ModelReference | undefined {
  const alias = /^models:\/([^/@]+)@([^/@]+)$/u.exec(text);
  if (alias) return { name: decode(alias[1] as string), alias: alias[2] as string };
  const version = /^models:\/([^/@]+)\/([^/@]+)$/u.exec(text);
  return version ? { name: decode(version[1] as string), version: version[2] as string } : undefined;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A variant as it runs: what it should serve and what it serves. */
export class Variant {
  readonly role: VariantRole;
  readonly reference: string;
  /** Share of the requests that it sees as a shadow. */
  readonly sample: number;
  live: LiveModel | undefined;
  desired: string | undefined;
  state: VariantView['state'] = 'loading';
  error: string | undefined;
  /** What else there is to know of its state, such as that nobody could be asked. */
  detail: string | undefined;
  /** A version that could not be loaded, and how often; it is tried again at `retryAtMs`. */
  failed: { readonly version: string; readonly times: number; readonly retryAtMs: number } | undefined;

  constructor({ role, model, sample }: StoredVariant) {
    this.role = role;
    this.reference = model;
    this.sample = sample;
  }

  view(): VariantView {
    const { live } = this;
    const details = [this.detail, live?.model.session.note].filter((text) => text !== undefined).join('; ');
    return {
      name: this.role,
      role: this.role,
      model: this.reference,
      model_name: live?.model.name ?? parseReference(this.reference)?.name ?? '',
      version: live?.model.version ?? null,
      desired_version: this.desired ?? null,
      run_id: live?.model.runId ?? null,
      state: live ? 'ready' : this.state,
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(details === '' ? {} : { detail: details }),
      ...(this.sample === 1 ? {} : { sample: this.sample }),
      ...(live ? { memory_bytes: memoryOf(live.model) } : {}),
      loaded_at: live?.loadedAt ?? null,
    };
  }
}
