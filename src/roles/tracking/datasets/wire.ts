import { invalidValue } from '#contract/http/mlflow/names.ts';
import { isPlainObject, pythonJson } from '#contract/http/mlflow/python-json.ts';
import { refuse } from '#http/mlflow/input.ts';
import { present } from '#http/mlflow/wire-values.ts';
import type { Pair } from '../entities.ts';
import { checkedTag } from '../limits.ts';
import type { Dataset } from './store/rows.ts';

export function datasetToWire({ tags, experimentIds, ...dataset }: Dataset): unknown {
  const record = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  return present({ ...dataset, tags: pythonJson(record), experiment_ids: experimentIds });
}

/** Tags travel as a JSON object in a text. */
export function tagsOfText(text: string): Pair[] {
  const tags = jsonOfText('tags', text);
  if (!isPlainObject(tags)) throw refuse(invalidValue('tags', text));
  return Object.entries(tags).map(([key, value]) => checkedTag({ key, value: typeof value === 'string' ? value : pythonJson(value) }));
}

export function jsonOfText(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(invalidValue(path, text.slice(0, 200), ' It is not JSON.'));
  }
}
