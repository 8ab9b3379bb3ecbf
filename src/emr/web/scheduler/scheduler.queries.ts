import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../ui/api.ts';
import type { AppointmentTypesRequest, Versioned } from '../../contract/open-hours.ts';
import type { FoundPatient } from '../../contract/patients.ts';
import type {
  AppointmentStatusesRequest,
  BookingStateRequest,
  BookRequest,
  DayAppointment,
  MyOffice,
  PlaceRequest,
  SchedulerDay,
  SchedulerWeek,
} from '../../contract/scheduler.ts';

const schedulerKey = ['scheduler'] as const;
/** Others book as well, and the time moves. */
const rereadMs = 15_000;

export const useOffices = () => useQuery({ queryKey: ['offices'], queryFn: () => api<MyOffice[]>('/api/offices') });

/** One office's day, read again every quarter of a minute. */
export const useDay = (officeId: string | undefined, date: string, enabled = true) =>
  useQuery({
    queryKey: [...schedulerKey, 'day', officeId, date],
    queryFn: ({ signal }) =>
      api<SchedulerDay>(`/api/scheduler/day?${new URLSearchParams({ office: officeId!, date })}`, { signal }),
    enabled: enabled && officeId !== undefined && date !== '',
    refetchInterval: rereadMs,
  });

/** One office's week, of a provider or in figures. */
export const useWeek = (officeId: string, date: string, providerId: string | undefined, enabled: boolean) =>
  useQuery({
    queryKey: [...schedulerKey, 'week', officeId, date, providerId],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ office: officeId, date, ...(providerId && { provider: providerId }) });
      return api<SchedulerWeek>(`/api/scheduler/week?${query}`, { signal });
    },
    enabled,
    refetchInterval: rereadMs,
  });

export const usePatients = (search: string) =>
  useQuery({
    queryKey: ['patients', search],
    queryFn: ({ signal }) => api<FoundPatient[]>('/api/patients/search', { method: 'POST', body: { search }, signal }),
    enabled: search.trim().length > 1,
    placeholderData: keepPreviousData,
  });

export const useAppointmentTypes = () =>
  useQuery({
    queryKey: ['appointment-types'],
    queryFn: () => api<Versioned<AppointmentTypesRequest>>('/api/appointment-types'),
    staleTime: 60_000,
  });

export const useClinicStatuses = () =>
  useQuery({
    queryKey: ['appointment-statuses'],
    queryFn: () => api<Versioned<AppointmentStatusesRequest>>('/api/appointment-statuses'),
    staleTime: 60_000,
  });

/** A change to the schedule. A refusal reads it again too, so that what is there now is shown beside it. */
function useChange<Input>(mutationFn: (input: Input) => Promise<DayAppointment>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: schedulerKey }) });
}

type Seen = Pick<DayAppointment, 'appointmentId' | 'version'>;
const pathOf = ({ appointmentId }: Seen, act: string) =>
  `/api/appointments/${encodeURIComponent(appointmentId)}/${act}`;
const asSeen = ({ version }: Seen) => ({ method: 'POST', ifMatch: `"${version}"` }) as const;

export const useBook = () =>
  useChange((body: BookRequest) => api<DayAppointment>('/api/appointments', { method: 'POST', body }));

/** Cancels the booking as it was seen. */
export const useCancelBooking = () =>
  useChange((booking: Seen) => api<DayAppointment>(pathOf(booking, 'cancel'), asSeen(booking)));

export const useSetState = () =>
  useChange(({ booking, body }: { booking: Seen; body: BookingStateRequest }) =>
    api<DayAppointment>(pathOf(booking, 'state'), { ...asSeen(booking), body }),
  );

/** Moves the booking as it was seen, or makes another like it. */
export const usePlaceBooking = () =>
  useChange(({ booking, as, to }: { booking: Seen; as: 'move' | 'copy'; to: PlaceRequest }) =>
    as === 'move'
      ? api<DayAppointment>(pathOf(booking, 'move'), { ...asSeen(booking), body: to })
      : api<DayAppointment>(pathOf(booking, 'copy'), { method: 'POST', body: to }),
  );
