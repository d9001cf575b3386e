import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { Scored } from '../runtime/predictor.ts';
import { housing002 } from './housing-002.ts';
import { iris000, iris003, iris004 } from './iris.ts';

/** One number of a reference system's request with its bounds there. */
export interface ProfileField {
  readonly name: string;
  readonly gt?: number;
  readonly ge?: number;
  readonly le?: number;
}

/** What a reference system does differently from the plain API: its request, its answer, its failures, and its front page. */
export interface Profile {
  readonly fields: readonly ProfileField[];
  /** Whether the body names its fields, holds `{features: [...]}`, or may do either. */
  readonly body: 'named' | 'features' | 'either';
  /** Version of pydantic whose words its refusals have. */
  readonly pydantic: 1 | 2;
  /** A rule over several fields: what is wrong, or undefined. */
  readonly rule?: (values: readonly number[]) => string | undefined;
  readonly status: number;
  /** The answer as JSON text. */
  readonly answer: (job: Scored, live: LiveModel) => string;
  /** Detail of its 500 when the model fails or is missing. */
  readonly failed: string;
  /** What GET / answers: a page to go to, or JSON. */
  readonly front?: { readonly redirect: string } | { readonly json: object };
}

const PROFILES: Readonly<Record<CompatName, Profile>> = {
  'iris-000': iris000,
  'housing-002': housing002,
  'iris-003': iris003,
  'iris-004': iris004,
};

export function profileOf(name: CompatName): Profile {
  return PROFILES[name];
}
