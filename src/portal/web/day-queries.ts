import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../ui/api.ts';
import type { PatientPanel } from '../contract/patient-panel.ts';
import type { AskedForSync, DaySheet, ListedBooking, PatientsPage } from '../contract/patients.ts';
import { type DayFilter, queryOf } from './day-filter.ts';

/**
 * The whole day. Pages that were read under different revisions do not make one day: then it is read again from the first
 * page, three times at most; the next look at the revision brings what is still missing.
 */
async function readDay(filter: DayFilter, signal: AbortSignal, tries = 3): Promise<PatientsPage> {
  const query = queryOf(filter);
  query.set('limit', '500');
  const first = await api<PatientsPage>(`/api/patients?${query}`, { signal });
  const bookings: ListedBooking[] = [...first.bookings];
  // Midnight may pass between two pages.
  query.set('date', first.date);
  for (let next = first.next; next !== null; ) {
    query.set('after', next);
    const page = await api<PatientsPage>(`/api/patients?${query}`, { signal });
    if (page.revision !== first.revision && tries > 1) return readDay(filter, signal, tries - 1);
    bookings.push(...page.bookings);
    next = page.next;
  }
  return { ...first, bookings, next: null };
}

/** The day and, every two seconds, whether it has changed: then it is read again in place. */
export function useDay(filter: DayFilter) {
  const queries = useQueryClient();
  const day = useQuery({
    queryKey: ['day', queryOf(filter).toString()],
    queryFn: ({ signal }) => readDay(filter, signal),
    placeholderData: keepPreviousData,
    // Freshness and today's date move even when no booking does.
    refetchInterval: 60_000,
  });
  const revision = useQuery({
    queryKey: ['revision'],
    queryFn: ({ signal }) => api<{ revision: number }>('/api/revision', { signal }),
    refetchInterval: 2_000,
    staleTime: 0,
  });
  const [shown, latest] = [day.data?.revision, revision.data?.revision];
  useEffect(() => {
    if (shown !== undefined && latest !== undefined && latest > shown) {
      void queries.invalidateQueries({ queryKey: ['day'] });
      void queries.invalidateQueries({ queryKey: ['patient-panel'] });
    }
  }, [queries, shown, latest]);
  return { ...day, error: day.error ?? revision.error };
}

export const useDaySheet = (filter: DayFilter) =>
  useQuery({
    queryKey: ['day', 'sheet', queryOf(filter).toString()],
    queryFn: ({ signal }) => api<DaySheet>(`/api/day-sheet?${queryOf(filter)}`, { signal }),
  });

/** The patient of a booking; `after`: of an earlier page of appointments. Read again whenever the day is. */
export const usePatientPanel = (bookingId: string, after: string | undefined) =>
  useQuery({
    queryKey: ['patient-panel', bookingId, after ?? ''],
    queryFn: ({ signal }) =>
      api<PatientPanel>(
        `/api/bookings/${encodeURIComponent(bookingId)}/patient${after === undefined ? '' : `?${new URLSearchParams({ after })}`}`,
        { signal },
      ),
    placeholderData: (before) => (before?.bookingId === bookingId ? before : undefined),
    refetchInterval: 30_000,
  });

/** A run that finds nothing new moves no revision: the freshness is looked at again for a while, so that whoever asked sees it move. */
export function useSynchronize() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api<AskedForSync>('/api/synchronize', { method: 'POST' }),
    onSuccess: () => {
      for (const seconds of [2, 5, 10, 20]) {
        setTimeout(() => void queries.invalidateQueries({ queryKey: ['day'] }), seconds * 1000);
      }
    },
  });
}
