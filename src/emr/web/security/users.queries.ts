import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../ui/api.ts';
import type { CreateUserRequest, ListedUser } from '../../contract/security.ts';
import type { ActiveUser, ChangeUserRequest, SecurityUser } from '../../contract/users.ts';

const usersKey = ['users'] as const;
const activeKey = ['active-users'] as const;
const pathOf = (userId: string) => `/api/users/${encodeURIComponent(userId)}`;

export const useUsers = () => useQuery({ queryKey: usersKey, queryFn: () => api<SecurityUser[]>('/api/users') });

export function useRereadUsers() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: usersKey });
}

/** After any act on a user: the list, who is signed in, and the matrix, which membership is part of. */
function useUserAct<Body>(act: (body: Body) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () =>
      Promise.all(
        [usersKey, activeKey, ['provider-permissions'], ['expiring-access']].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

export const useCreateUser = () =>
  useUserAct((body: CreateUserRequest) => api<ListedUser>('/api/users', { method: 'POST', body }));

export const useChangeUser = (userId: string) =>
  useUserAct((body: ChangeUserRequest) => api<void>(pathOf(userId), { method: 'PATCH', body }));

export const useSetActive = (userId: string) =>
  useUserAct((active: boolean) =>
    api<void>(`${pathOf(userId)}/${active ? 'reactivate' : 'deactivate'}`, { method: 'POST' }),
  );

export const useSetPassword = (userId: string) =>
  useUserAct((password: string) => api<void>(`${pathOf(userId)}/password`, { method: 'POST', body: { password } }));

export const useResetSecondFactor = (userId: string) =>
  useUserAct(() => api<void>(`${pathOf(userId)}/second-factor/reset`, { method: 'POST' }));

/** Looked at again every half minute: people come and go. */
export const useActiveUsers = () =>
  useQuery({ queryKey: activeKey, queryFn: () => api<ActiveUser[]>('/api/active-users'), refetchInterval: 30_000 });

export const useEndSession = () =>
  useUserAct((sessionId: string) =>
    api<void>(`/api/active-users/${encodeURIComponent(sessionId)}/end`, { method: 'POST' }),
  );
