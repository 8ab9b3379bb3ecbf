import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, api } from '../../../ui/api.ts';
import type { BlastRadius, ImpactAnswer, PreviewRequest } from '../../contract/blast-radius.ts';
import type { ExpiringRow, RowHistory } from '../../contract/permission-history.ts';
import type { ProviderPermissions, RosterOffice, SetProviderPermissionsRequest } from '../../contract/security.ts';

const expiringKey = ['expiring-access'] as const;
const matrixKey = (userId: string) => ['provider-permissions', userId] as const;
const matrixPath = (userId: string) => `/api/users/${encodeURIComponent(userId)}/provider-permissions`;

export const useRowHistory = (userId: string, officeId: string, providerId: string) =>
  useQuery({
    queryKey: [...matrixKey(userId), 'history', officeId, providerId],
    queryFn: () => api<RowHistory>(`${matrixPath(userId)}/history?${new URLSearchParams({ officeId, providerId })}`),
    // Somebody may have saved since it was looked at last.
    staleTime: 0,
  });

export const useExpiringAccess = () =>
  useQuery({ queryKey: expiringKey, queryFn: () => api<ExpiringRow[]>('/api/expiring-access') });

export const useRoster = (enabled: boolean) =>
  useQuery({ queryKey: ['roster'], queryFn: () => api<RosterOffice[]>('/api/roster'), enabled });

export const useProviderPermissions = (userId: string) =>
  useQuery({ queryKey: matrixKey(userId), queryFn: () => api<ProviderPermissions>(matrixPath(userId)) });

/** Saves from a version. On 412 what is saved now is put in its place, so that the page can show both. */
export function useSavePermissions(userId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ version, ...body }: SetProviderPermissionsRequest & { version: string }) =>
      api<ProviderPermissions>(matrixPath(userId), { method: 'PUT', ifMatch: `"${version}"`, body }),
    onSuccess: (saved) => {
      queries.setQueryData(matrixKey(userId), saved);
      void queries.invalidateQueries({ queryKey: expiringKey });
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 412 && error.extra['current'])
        queries.setQueryData(matrixKey(userId), error.extra['current'] as ProviderPermissions);
    },
  });
}

/** Makes the user a member of exactly these offices. */
export function useSetOffices(userId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (officeIds: readonly string[]) =>
      api<void>(`/api/users/${encodeURIComponent(userId)}/offices`, { method: 'PUT', body: { officeIds } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: matrixKey(userId) }),
  });
}

/** What saving would do. Counted again when the matrix has moved: the same change may then do something else. */
export const useBlastRadius = (userId: string, version: string, asked: PreviewRequest | undefined) =>
  useQuery({
    queryKey: [...matrixKey(userId), 'preview', version, asked],
    queryFn: ({ signal }) => api<BlastRadius>(`${matrixPath(userId)}/preview`, { method: 'POST', body: asked, signal }),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

/** What it would start and stop at whoever is connected as this user: asked over HTTP, so it comes later or not at all. */
export const useImpact = (userId: string, version: string, asked: PreviewRequest | undefined) =>
  useQuery({
    queryKey: [...matrixKey(userId), 'impact', version, asked],
    queryFn: ({ signal }) =>
      api<ImpactAnswer>(`${matrixPath(userId)}/preview/impact`, { method: 'POST', body: asked, signal }),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
