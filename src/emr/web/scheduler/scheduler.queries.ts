import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../ui/api.ts';
import type { FoundPatient } from '../../contract/patients.ts';
import type { BookRequest, DayAppointment, MyOffice, SchedulerDay } from '../../contract/scheduler.ts';

export const useOffices = () => useQuery({ queryKey: ['offices'], queryFn: () => api<MyOffice[]>('/api/offices') });

/** One office's day, read again every quarter of a minute: others book as well, and the time moves. */
export const useDay = (office: MyOffice | undefined, date: string | undefined) =>
  useQuery({
    queryKey: ['day', office?.officeId, date],
    queryFn: ({ signal }) =>
      api<SchedulerDay>(`/api/scheduler/day?${new URLSearchParams({ office: office!.officeId, date: date! })}`, {
        signal,
      }),
    enabled: office !== undefined && date !== undefined,
    refetchInterval: 15_000,
  });

export const usePatients = (search: string) =>
  useQuery({
    queryKey: ['patients', search],
    queryFn: ({ signal }) => api<FoundPatient[]>('/api/patients/search', { method: 'POST', body: { search }, signal }),
    enabled: search.trim().length > 1,
    placeholderData: keepPreviousData,
  });

export function useBook() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: BookRequest) => api<DayAppointment>('/api/appointments', { method: 'POST', body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['day'] }),
  });
}

/** Cancels the booking as it was seen. A refusal reads the day again, so that what is there now is shown beside it. */
export function useCancelBooking() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ appointmentId, version }: Pick<DayAppointment, 'appointmentId' | 'version'>) =>
      api<DayAppointment>(`/api/appointments/${encodeURIComponent(appointmentId)}/cancel`, {
        method: 'POST',
        ifMatch: `"${version}"`,
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['day'] }),
  });
}
