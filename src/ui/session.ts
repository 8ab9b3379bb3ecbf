import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './api.ts';
import { sessionKey } from './query-client.ts';

// The session of an app, the same in all three; what differs is who `Me` is and what signing in takes.

/** Who is signed in; an error of status 401 when nobody is. */
export const useSession = <Me>() =>
  useQuery({ queryKey: sessionKey, queryFn: () => api<Me>('/api/me'), staleTime: 60_000 });

/**
 * What changes who is signed in, or where. Nothing that was read for one session is kept for the next. Signing in may ask for more than the
 * password: then `GET /api/me` says what, and nobody is signed in yet.
 */
export function useSessionChange<Me extends object, SignInRequest>() {
  const queries = useQueryClient();
  const begin = async (path: string, body: unknown) => {
    const answer = await api<Me | { readonly next: string }>(path, { method: 'POST', body });
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
    if ('next' in answer) await queries.invalidateQueries({ queryKey: sessionKey });
    else queries.setQueryData(sessionKey, answer);
  };
  return {
    begin,
    signIn: (body: SignInRequest) => begin('/api/sign-in', body),
    signOut: async () => {
      await api('/api/sign-out', { method: 'POST' });
      queries.clear();
      // The page that is open belongs to the one who has left.
      location.assign('/');
    },
  };
}
