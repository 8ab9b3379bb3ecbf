import { useSession, useSessionChange } from '../../ui/session.ts';
import type { Me, SignInRequest } from '../contract/session.ts';

export const useMe = () => useSession<Me>();

export function useSessionActs() {
  const acts = useSessionChange<Me, SignInRequest>();
  return { ...acts, switchSite: (siteId: number) => acts.begin('/api/site', { siteId }) };
}
