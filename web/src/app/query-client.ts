import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/lib/request.ts';

/** One retry for a server that is restarting; never for an answer that would be the same again. */
export function makeQueryClient(): QueryClient {
  const retry = (failures: number, error: Error): boolean => failures < 1 && !(error instanceof ApiError && error.status < 500);
  return new QueryClient({ defaultOptions: { queries: { retry, retryDelay: 800, staleTime: 1500, refetchOnWindowFocus: true } } });
}
