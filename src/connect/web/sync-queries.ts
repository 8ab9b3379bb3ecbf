import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import type { Settings } from '../contract/settings.ts';
import type { SliceOutcome, SliceStatus, StartedRun, SyncMode, SyncStatus } from '../contract/sync.ts';

export const syncStatusKey = ['sync-status'] as const;
export const settingsKey = ['settings'] as const;

/** While a run waits or lives its progress is followed closely: one that takes two seconds is still seen. Else every five seconds. */
export const useSyncStatus = () =>
  useQuery({
    queryKey: syncStatusKey,
    queryFn: ({ signal }) => api<SyncStatus>('/api/sync-status', { signal }),
    refetchInterval: ({ state }) => (state.data?.live || state.data?.queued.length ? 500 : 5000),
    staleTime: 0,
  });

export const useSettingsInUse = () =>
  useQuery({
    queryKey: settingsKey,
    queryFn: () => api<Settings>('/api/settings'),
    // Reading the settings asks the EMR for its roster: not at every look.
    staleTime: 60_000,
  });

export function useStartRun() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (mode: SyncMode) => api<StartedRun>('/api/sync-runs', { method: 'POST', body: { mode } }),
    onSettled: () => queries.invalidateQueries({ queryKey: syncStatusKey }),
  });
}

/** From what hides most to what hides nothing. */
const weight: Readonly<Record<SliceOutcome, number>> = {
  'cannot-be-read': 0,
  failed: 1,
  waiting: 2,
  'needs-full': 3,
  partly: 4,
  'not-selected': 5,
  complete: 6,
};

export const byGaps = (a: SliceStatus, b: SliceStatus): number => weight[a.outcome] - weight[b.outcome];
export const isGap = ({ outcome }: SliceStatus): boolean => outcome !== 'complete' && outcome !== 'not-selected';

/** Only an EMR administrator can close these; the others need a run or a Site Admin. */
export const isForEmrAdministrator = (slice: SliceStatus): boolean =>
  slice.outcome !== 'not-selected' && (!slice.member || slice.missingColumns !== 0 || slice.lapsedOn !== null);
