import { notifications } from '@mantine/notifications';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';

interface ChangeOptions<V> {
  /** What to tell when it is done. */
  readonly said?: (value: V) => string;
  readonly done?: (value: V) => void;
}

/** Something that changes the server: afterwards everything on the page is read again. */
export function useChange<V>(
  act: (value: V) => Promise<unknown>,
  { said, done }: ChangeOptions<V> = {},
): UseMutationResult<unknown, Error, V> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (_answer, value) => {
      void queries.invalidateQueries();
      if (said) notifications.show({ message: said(value) });
      done?.(value);
    },
  });
}
