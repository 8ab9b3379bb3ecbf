import { useSession, useSessionChange } from '../../ui/session.ts';
import type { Me, SignInRequest } from '../contract/session.ts';

export const useMe = () => useSession<Me>();

export const useSessionActs = () => useSessionChange<Me, SignInRequest>();
