import { LearnerError } from './errors.ts';
import type { Learner, ParamSpec, Params, ParamValue } from './learner.ts';

/**
 * Fills in defaults and checks what was given.
 *
 * @throws LearnerError PARAMETER_UNKNOWN, PARAMETER_INVALID naming the parameter and what is allowed
 */
export function effectiveParams(learner: Learner, given: Params = {}): Record<string, ParamValue> {
  const known = new Map(learner.params.map((spec) => [spec.name, spec]));
  const params: Record<string, ParamValue> = {};
  for (const spec of learner.params) params[spec.name] = spec.default;
  for (const [name, value] of Object.entries(given)) {
    const spec = known.get(name);
    if (!spec) {
      const allowed = [...known.keys()].join(', ') || 'none';
      throw new LearnerError('PARAMETER_UNKNOWN', `Learner '${learner.name}' has no parameter '${name}'; it has: ${allowed}.`);
    }
    if (!isAllowed(spec, value)) {
      throw new LearnerError(
        'PARAMETER_INVALID',
        `Parameter '${name}' of learner '${learner.name}' is ${JSON.stringify(value)}; allowed: ${allowedValues(spec)}.`,
      );
    }
    params[name] = value;
  }
  return params;
}

function isAllowed(spec: ParamSpec, value: ParamValue): boolean {
  if (spec.type === 'boolean') return typeof value === 'boolean';
  if (typeof value === 'string') return spec.choices?.includes(value) ?? false;
  if (typeof value !== 'number' || spec.type === 'choice' || !Number.isFinite(value)) return false;
  if (spec.type === 'integer' && !Number.isSafeInteger(value)) return false;
  return value >= (spec.min ?? Number.NEGATIVE_INFINITY) && value <= (spec.max ?? Number.POSITIVE_INFINITY);
}

/** What a parameter may be, as a phrase for messages and help. */
export function allowedValues(spec: ParamSpec): string {
  if (spec.type === 'boolean') return 'true or false';
  const words = (spec.choices ?? []).map((choice) => `'${choice}'`);
  if (spec.type === 'choice') return words.join(', ');
  const noun = spec.type === 'integer' ? 'a whole number' : 'a number';
  const range = [
    ...(spec.min === undefined ? [] : [`from ${spec.min}`]),
    ...(spec.max === undefined || spec.max === Number.MAX_SAFE_INTEGER ? [] : [`up to ${spec.max}`]),
  ];
  return [[noun, ...range].join(' '), ...words].join(' or ');
}
