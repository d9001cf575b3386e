import { aliasProblem, aliasReserved, isLonger, keyProblem, modelNameProblem, tooLong } from '#contract/http/mlflow/names.ts';
import { check, refuse } from '#http/mlflow/input.ts';
import type { Pair } from './entities.ts';

const TAG_KEY = 250;
const TAG_VALUE = 100_000;
const PROMPT_TEXT = 'mlflow.prompt.text';
const STAGES: Readonly<Record<string, string>> = { none: 'None', staging: 'Staging', production: 'Production', archived: 'Archived' };

export function checkModelName(name: string): void {
  check(modelNameProblem(name));
}

export function checkTag({ key, value }: Pair): void {
  check(keyProblem(key, 'key'));
  if (isLonger(key, TAG_KEY)) throw refuse(tooLong('key', TAG_KEY));
  if (!isLonger(value, TAG_VALUE)) return;
  throw refuse(key === PROMPT_TEXT ? `Prompt text exceeds max length of ${TAG_VALUE} characters.` : tooLong('value', TAG_VALUE));
}

export function checkAlias(alias: string): void {
  check(aliasProblem(alias));
}

/** For aliases that are to be set. */
export function checkNewAlias(alias: string): void {
  check(aliasProblem(alias) ?? aliasReserved(alias));
}

/** Versions are positive integers written as text. */
export function versionNumber(text: string): number {
  if (!/^[+-]?\d{1,15}$/u.test(text.trim())) throw refuse(`Parameter 'version' must be an integer, got '${text}'.`);
  return Math.min(Number(text), 2_147_483_647);
}

/** MLflow's four stages, whatever the case. */
export function canonicalStage(stage: string): string {
  const name = stage.toLowerCase();
  // Words that every object has, such as __proto__, are no stages.
  const known = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
  if (known === undefined) throw refuse(`Invalid Model Version stage: ${stage}. Value must be one of ${Object.values(STAGES).join(', ')}.`);
  return known;
}
