import type { Filter } from '#contract/http/mlflow/search-filter.ts';

/** Whether a filter asks for prompts: both searches hide them otherwise. */
export function asksForPrompts(filter: Filter | undefined): boolean {
  if (filter === undefined) return false;
  if ('and' in filter) return filter.and.some(asksForPrompts);
  if ('or' in filter) return filter.or.some(asksForPrompts);
  const { entity, key, comparison, value } = filter.condition;
  if (entity !== 'tag' || key !== 'mlflow.prompt.is_prompt') return false;
  return (comparison === '=' && value === 'true') || (comparison === '!=' && value === 'false');
}
