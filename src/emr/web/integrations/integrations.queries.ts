import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../ui/api.ts';
import type {
  AccessRequest,
  AddIntegrationRequest,
  ClientKeys,
  Decided,
  Integrations,
} from '../../contract/integrations.ts';
import type { AddedIntegration, IntegrationCredentials } from '../../contract/security.ts';

const integrationsKey = ['integrations'] as const;
const pathOf = (userId: string, what: string) => `/api/integrations/${encodeURIComponent(userId)}/${what}`;

export const useIntegrations = () =>
  useQuery({ queryKey: integrationsKey, queryFn: () => api<Integrations>('/api/integrations') });

function useIntegrationAct<Variables, Answer>(mutationFn: (variables: Variables) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: integrationsKey }) });
}

export const useAddIntegration = () =>
  useIntegrationAct((body: AddIntegrationRequest) =>
    api<AddedIntegration>('/api/integrations', { method: 'POST', body }),
  );

/** What the client will prove itself with, and how long the old goes on. */
export type NewCredential =
  | { readonly proof: 'secret'; readonly keepHours: number }
  | { readonly proof: 'keys'; readonly jwks: { keys: unknown[] }; readonly keepHours: number }
  | { readonly proof: 'address'; readonly jwksUri: string; readonly keepHours: number };

export const useRotate = (userId: string) =>
  useIntegrationAct(
    ({ proof, ...body }: NewCredential): Promise<IntegrationCredentials | ClientKeys> =>
      proof === 'secret'
        ? api<IntegrationCredentials>(pathOf(userId, 'credentials'), { method: 'POST', body })
        : api<ClientKeys>(pathOf(userId, 'keys'), { method: 'PUT', body }),
  );

export const useEndFormer = () =>
  useIntegrationAct((userId: string) => api<void>(pathOf(userId, 'former/end'), { method: 'POST' }));
export const useEndApproval = () =>
  useIntegrationAct((userId: string) => api<void>(pathOf(userId, 'approval/end'), { method: 'POST' }));
export const useRevoke = () =>
  useIntegrationAct((userId: string) => api<void>(pathOf(userId, 'revoke'), { method: 'POST' }));

const requestPath = (requestId: string) => `/api/third-party-access/${encodeURIComponent(requestId)}`;

export const useAccessRequest = (requestId: string) =>
  useQuery({
    queryKey: ['third-party-access', requestId],
    queryFn: () => api<AccessRequest>(requestPath(requestId)),
    retry: false,
    // It is decided once; asked again afterwards it would say that nothing waits.
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useDecide = (requestId: string) =>
  useMutation({
    mutationFn: (officeIds: readonly string[] | undefined) =>
      officeIds === undefined
        ? api<Decided>(`${requestPath(requestId)}/deny`, { method: 'POST' })
        : api<Decided>(`${requestPath(requestId)}/approve`, { method: 'POST', body: { officeIds } }),
  });
