import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import type { Settings } from '../contract/settings.ts';
import type {
  HistoryPeriod,
  SliceOutcome,
  SliceStatus,
  StartedRun,
  SyncHistory,
  SyncMode,
  SyncStatus,
  UnconfirmedBookings,
} from '../contract/sync.ts';
import { doctorKey } from './doctor-queries.ts';

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

export const useSyncHistory = (period: HistoryPeriod) =>
  useQuery({
    queryKey: ['sync-history', period],
    queryFn: ({ signal }) => api<SyncHistory>(`/api/sync-history?period=${period}`, { signal }),
    refetchInterval: 60_000,
  });

export function useReleaseRun() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (runId: string) => api<StartedRun>(`/api/sync-runs/${runId}/release`, { method: 'POST', body: {} }),
    onSettled: () => queries.invalidateQueries({ queryKey: syncStatusKey }),
  });
}

const scheduleOf = ({ officeId, providerId }: Pick<SliceStatus, 'officeId' | 'providerId'>) =>
  `/api/schedules/${encodeURIComponent(officeId)}/${encodeURIComponent(providerId)}`;

export const useUnconfirmed = (slice: SliceStatus) =>
  useQuery({
    queryKey: ['unconfirmed', slice.officeId, slice.providerId],
    queryFn: ({ signal }) => api<UnconfirmedBookings>(`${scheduleOf(slice)}/unconfirmed`, { signal }),
    staleTime: 0,
    // What a person is about to release does not change under the button.
    refetchOnWindowFocus: false,
  });

export function useReleaseUnconfirmed(slice: SliceStatus) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (bookingIds: readonly string[]) =>
      api<{ released: number }>(`${scheduleOf(slice)}/release`, { method: 'POST', body: { bookingIds } }),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: syncStatusKey }),
        queries.invalidateQueries({ queryKey: ['unconfirmed', slice.officeId, slice.providerId] }),
      ]),
  });
}

/** Of a provider about whom nobody has decided: new in the EMR, or taken out of the selection. */
export function useChooseProvider() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ providerId, choice }: { providerId: string; choice: 'select' | 'leave' }) =>
      api(`/api/undecided-providers/${encodeURIComponent(providerId)}`, { method: 'POST', body: { choice } }),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: syncStatusKey }),
        queries.invalidateQueries({ queryKey: settingsKey }),
        queries.invalidateQueries({ queryKey: doctorKey }),
      ]),
  });
}
