import type { ModelSchema } from '#contract/model-schema.ts';
import type { IndexedPrediction } from '#ports/analytics.ts';

/** One text for one class however it was written: 1, "1" and "1.0" are the same. */
export function classKey(label: number | string): string {
  if (typeof label === 'number') return String(label === 0 ? 0 : label);
  const text = label.trim();
  return /^[+-]?(\d{1,15}|\d{0,15}\.\d{1,15})$/u.test(text) ? classKey(Number(text)) : label;
}

/** Whether two labels say the same thing. */
export function sameLabel(a: number | string, b: number | string, task: IndexedPrediction['task']): boolean {
  return task === 'regression' ? Number(a) === Number(b) : classKey(a) === classKey(b);
}

export type LabelCheck = { readonly actual: number | string; readonly warning?: string } | { readonly problem: string };

/** A truth value as the model spells it: data frames write True, databases TRUE, and some count with 0 and 1. */
function booleanLabel(given: boolean, { prediction }: IndexedPrediction, schema: ModelSchema | null): string {
  const known = [...(schema?.classes ?? []), ...(prediction === null ? [] : [prediction])].map(String);
  const named = known.find((label) => label.toLowerCase() === String(given));
  if (named !== undefined) return named;
  const spelled = known.find((label) => label.toLowerCase() === String(!given));
  if (spelled !== undefined) return likeCase(String(given), spelled);
  return known.every((label) => label === '0' || label === '1') && known.length > 0 ? String(Number(given)) : String(given);
}

function likeCase(word: string, model: string): string {
  if (model === model.toUpperCase()) return word.toUpperCase();
  return model.startsWith(model.charAt(0).toUpperCase()) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

/** Whether a label can belong to a prediction of this kind, and what to say of it. */
export function checkLabel(given: number | string | boolean, row: IndexedPrediction, schema: ModelSchema | null): LabelCheck {
  if (row.task === 'regression') {
    if (typeof given === 'number' && Number.isFinite(given)) return { actual: given };
    return { problem: `actual: must be a number, because '${row.deployment}' predicts numbers; got ${JSON.stringify(given)}` };
  }
  const actual = typeof given === 'boolean' ? booleanLabel(given, row, schema) : given;
  if (typeof actual === 'number' && !Number.isFinite(actual)) return { problem: 'actual: must be a finite number or a text' };
  if (actual === '') return { problem: 'actual: must not be empty' };
  const classes = schema?.task === 'classification' ? schema.classes : undefined;
  if (classes === undefined || classes.some((known) => classKey(known) === classKey(actual))) return { actual };
  return { actual, warning: `actual: the model does not know the class '${actual}'; it knows ${classes.join(', ')}` };
}
