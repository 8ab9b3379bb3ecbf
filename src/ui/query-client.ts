import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './api.ts';

/** The key under which every app keeps who is signed in. */
export const sessionKey = ['session'] as const;

/**
 * Reads are fresh for ten seconds and read again when the window is looked at. Only a missing or failing server is asked
 * again: an answer of 4xx is an answer. A session that ended while the page was open sends the person to the sign-in.
 */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (error instanceof ApiProblem && error.status === 401 && query.queryKey[0] !== sessionKey[0]) {
          void client.invalidateQueries({ queryKey: sessionKey });
        }
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 500),
      },
      mutations: { retry: false },
    },
  });
  return client;
}
