import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import { sessionKey } from '../../ui/query-client.ts';
import { useSession, useSessionChange } from '../../ui/session.ts';
import type { SignedIn } from '../contract/second-factor.ts';
import type { Me, SignInRequest } from '../contract/session.ts';

export const useMe = () => useSession<Me>();

/** Signing in may ask for more than the password: then `GET /api/me` says what, and nobody is signed in yet. */
export function useSessionActs() {
  const queries = useQueryClient();
  const { signOut } = useSessionChange<Me, SignInRequest>();
  return {
    signOut,
    signIn: async (body: SignInRequest) => {
      const answer = await api<SignedIn>('/api/sign-in', { method: 'POST', body });
      // Nothing that was read for one session is kept for the next.
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
      if ('next' in answer) await queries.invalidateQueries({ queryKey: sessionKey });
      else queries.setQueryData(sessionKey, answer);
    },
  };
}
