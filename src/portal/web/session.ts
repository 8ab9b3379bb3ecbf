import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import { sessionKey } from '../../ui/query-client.ts';
import type { Me, SignInRequest } from '../contract/session.ts';

/** Who is signed in; an error of status 401 when nobody is. */
export const useMe = () => useQuery({ queryKey: sessionKey, queryFn: () => api<Me>('/api/me'), staleTime: 60_000 });

/** What changes who is signed in, or for which site. Nothing that was read for one session is kept for the next. */
export function useSessionActs() {
  const queries = useQueryClient();
  const begin = (me: Me) => {
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
    queries.setQueryData(sessionKey, me);
  };
  return {
    signIn: async (body: SignInRequest) => begin(await api<Me>('/api/sign-in', { method: 'POST', body })),
    switchSite: async (siteId: number) => begin(await api<Me>('/api/site', { method: 'POST', body: { siteId } })),
    signOut: async () => {
      await api('/api/sign-out', { method: 'POST' });
      queries.clear();
      // The page that is open belongs to the one who has left.
      location.assign('/');
    },
  };
}
