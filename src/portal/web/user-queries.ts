import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import type { SiteRole } from '../contract/session.ts';
import type { InvitationRequest, SiteUsers } from '../contract/users.ts';

const usersKey = ['users'] as const;

/** Looked at again while it is open: e-mails leave, and people accept. */
export const useUsers = () =>
  useQuery({ queryKey: usersKey, queryFn: () => api<SiteUsers>('/api/users'), refetchInterval: 5_000 });

function useUserAct<Asked>(act: (asked: Asked) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSettled: () => queries.invalidateQueries({ queryKey: usersKey }) });
}

export const useInvite = () =>
  useUserAct((body: InvitationRequest) => api<void>('/api/invitations', { method: 'POST', body }));

export const useWithdraw = () =>
  useUserAct((invitationId: string) => api<void>(`/api/invitations/${invitationId}/withdraw`, { method: 'POST' }));

export type UserAct = { readonly userId: string } & (
  | { readonly act: 'role'; readonly role: SiteRole }
  | { readonly act: 'deactivate' | 'reactivate' | 'second-factor/reset' }
);

export const useChangeUser = () =>
  useUserAct(({ userId, act, ...body }: UserAct) =>
    api<void>(`/api/users/${encodeURIComponent(userId)}/${act}`, {
      method: 'POST',
      ...('role' in body && { body }),
    }),
  );
