import { useQuery } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import type { WriteBacks } from '../contract/write-backs.ts';

export const useWriteBacks = (enabled: boolean) =>
  useQuery({
    queryKey: ['write-backs'],
    queryFn: ({ signal }) => api<WriteBacks>('/api/write-backs', { signal }),
    refetchInterval: 5_000,
    staleTime: 0,
    enabled,
  });
