import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../../ui/api.ts';
import type { CertificateView, GapHistory } from '../contract/certificates.ts';
import type { Diagnosis, WhyMissing } from '../contract/doctor.ts';
import type { Feature } from '../contract/features.ts';
import type { FixRequest, RequestFixRequest } from '../contract/fix-requests.ts';
import type { LeastPrivilege } from '../contract/least-privilege.ts';
import type { Notices, NoticesRequest } from '../contract/notices.ts';

export const doctorKey = ['doctor'] as const;

/** A cell of the coverage map. */
export interface DoctorCell {
  readonly office: string;
  readonly provider: string;
  readonly feature: Feature;
}

/** The cell as the address carries it, whole or not at all. */
export type DoctorSearch = { readonly [K in keyof DoctorCell]?: DoctorCell[K] | undefined };

export const useDoctor = (enabled = true) =>
  useQuery({
    queryKey: doctorKey,
    queryFn: ({ signal }) => api<Diagnosis>('/api/doctor', { signal }),
    refetchInterval: 5000,
    staleTime: 0,
    enabled,
  });

/** Asked again with each diagnosis: the way and the map never speak of different evidence. */
export const useWhyMissing = (cell: DoctorCell | null, readAt: string | undefined) =>
  useQuery({
    queryKey: [...doctorKey, 'why', cell, readAt],
    queryFn: ({ signal }) => {
      const { office, provider, feature } = cell!;
      const path = [office, provider, feature].map(encodeURIComponent).join('/');
      return api<WhyMissing>(`/api/doctor/${path}`, { signal });
    },
    refetchInterval: 5000,
    enabled: cell !== null,
    placeholderData: (before, query) =>
      query && JSON.stringify(query.queryKey[2]) === JSON.stringify(cell) ? before : undefined,
  });

/** Asked again with each diagnosis: a gap that leaves the list is on this one. */
export const useGapHistory = () =>
  useQuery({
    queryKey: [...doctorKey, 'history'],
    queryFn: ({ signal }) => api<GapHistory>('/api/gap-history', { signal }),
    refetchInterval: 5000,
    staleTime: 0,
  });

/** Asked again with each reading of the EMR, and now and then for what was used or switched on since. */
export const useLeastPrivilege = (readAt: string) =>
  useQuery({
    queryKey: [...doctorKey, 'least-privilege', readAt],
    queryFn: ({ signal }) => api<LeastPrivilege>('/api/least-privilege', { signal }),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });

/** Once signed it is never another one. */
export const useCertificate = (certificateId: string) =>
  useQuery({
    queryKey: ['certificate', certificateId],
    queryFn: ({ signal }) => api<CertificateView>(`/api/certificates/${encodeURIComponent(certificateId)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

const fixRequestsKey = ['fix-requests'] as const;
const fixRequestKey = (fixRequestId: string) => [...fixRequestsKey, fixRequestId] as const;

export const useFixRequests = () =>
  useQuery({ queryKey: fixRequestsKey, queryFn: ({ signal }) => api<FixRequest[]>('/api/fix-requests', { signal }) });

/** Looked at again while it is open: somebody may be saving it at this moment. */
export const useFixRequest = (fixRequestId: string) =>
  useQuery({
    queryKey: fixRequestKey(fixRequestId),
    queryFn: ({ signal }) => api<FixRequest>(`/api/fix-requests/${encodeURIComponent(fixRequestId)}`, { signal }),
    refetchInterval: 5000,
  });

/** The request that was made is opened: it is shown, printed and sent from its own page. */
export function useRequestFix() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (asked: RequestFixRequest) => api<FixRequest>('/api/fix-requests', { method: 'POST', body: asked }),
    onSuccess: (made) => {
      queries.setQueryData(fixRequestKey(made.fixRequestId), made);
      void queries.invalidateQueries({ queryKey: fixRequestsKey, exact: true });
      void navigate({ to: '/fix-requests/$fixRequestId', params: { fixRequestId: made.fixRequestId } });
    },
  });
}

const noticesKey = ['notices'] as const;

export const useNotices = () =>
  useQuery({
    queryKey: noticesKey,
    queryFn: ({ signal }) => api<Notices>('/api/notices', { signal }),
    refetchInterval: 10_000,
  });

export function useSaveNotices() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ version, ...body }: NoticesRequest & { version: number }) =>
      api<Notices>('/api/notices', { method: 'PUT', body, ifMatch: `"${version}"` }),
    onSuccess: (saved) => queries.setQueryData(noticesKey, saved),
  });
}
