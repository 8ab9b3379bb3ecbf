import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './api.ts';
import { sessionKey } from './query-client.ts';

// The session of an app, the same in all three; what differs is who `Me` is and what signing in takes.

/** Who is signed in; an error of status 401 when nobody is. */
export const useSession = <Me>() =>
  useQuery({ queryKey: sessionKey, queryFn: () => api<Me>('/api/me'), staleTime: 60_000 });

/** What changes who is signed in, or where. Nothing that was read for one session is kept for the next. */
export function useSessionChange<Me, SignInRequest>() {
  const queries = useQueryClient();
  const begin = async (path: string, body: unknown) => {
    const me = await api<Me>(path, { method: 'POST', body });
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
    queries.setQueryData(sessionKey, me);
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
