import type { SpotlightActionData } from '@mantine/spotlight';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { findModels } from '@/lib/api/registry.ts';
import { listExperiments } from '@/lib/api/tracking.ts';

/** Names are asked for from this many letters on. */
const MIN_LETTERS = 2;
const MOST = 6;

/** Experiments and models whose name holds what was typed, as commands that open them; there may be thousands, so the server looks. */
export function useNames(query: string): SpotlightActionData[] {
  const navigate = useNavigate();
  const isAsked = query.length >= MIN_LETTERS;
  const { data } = useQuery({
    queryKey: ['names', query],
    queryFn: ({ signal }) => Promise.all([findModels(query, undefined, signal), listExperiments({ q: query }, undefined, signal)]),
    enabled: isAsked,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  if (!isAsked || data === undefined) return [];
  const [{ registered_models: models = [] }, { items: experiments }] = data;
  return [
    ...models.slice(0, MOST).map(({ name }) => ({
      id: `model-${name}`,
      label: name,
      description: 'Registered model',
      onClick: () => void navigate({ to: '/models/$name', params: { name } }),
    })),
    ...experiments.slice(0, MOST).map(({ experiment_id: id, name }) => ({
      id: `experiment-${id}`,
      label: name,
      description: 'Experiment',
      onClick: () => void navigate({ to: '/experiments/$id', params: { id } }),
    })),
  ];
}
