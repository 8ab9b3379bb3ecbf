import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, api } from '../../../ui/api.ts';
import type { AppointmentTypesRequest, OpenHoursRequest, Versioned } from '../../contract/open-hours.ts';
import type { AppointmentStatusesRequest } from '../../contract/scheduler.ts';

export interface SchedulePair {
  readonly officeId: string;
  readonly providerId: string;
}

const hoursPath = ({ officeId, providerId }: SchedulePair) =>
  `/api/schedules/${encodeURIComponent(officeId)}/${encodeURIComponent(providerId)}/open-hours`;
const hoursKey = ({ officeId, providerId }: SchedulePair) => ['open-hours', officeId, providerId];

export const useOpenHours = (pair: SchedulePair) =>
  useQuery({ queryKey: hoursKey(pair), queryFn: () => api<Versioned<OpenHoursRequest>>(hoursPath(pair)) });

/** Puts all of it in place of what was read; everything that shows it is read again. On 412 what is saved now is taken as read. */
function useReplace<Whole extends object>(path: string, key: readonly string[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ version, ...body }: Versioned<Whole>) =>
      api<Versioned<Whole>>(path, { method: 'PUT', ifMatch: `"${version}"`, body }),
    onSuccess: (saved) => {
      queries.setQueryData(key, saved);
      void queries.invalidateQueries({ queryKey: ['scheduler'] });
    },
    onError: (error) => {
      const meanwhile = savedMeanwhile<Whole>(error);
      if (meanwhile) queries.setQueryData(key, meanwhile);
    },
  });
}

export type Replace<Whole extends object> = ReturnType<typeof useReplace<Whole>>;

/** What somebody else saved since, where that is why a replacement was refused. */
export const savedMeanwhile = <Whole extends object>(error: unknown): Versioned<Whole> | undefined =>
  error instanceof ApiProblem && error.status === 412
    ? (error.extra['current'] as Versioned<Whole> | undefined)
    : undefined;

export const useSetOpenHours = (pair: SchedulePair) => useReplace<OpenHoursRequest>(hoursPath(pair), hoursKey(pair));

export const useSetTypes = () => useReplace<AppointmentTypesRequest>('/api/appointment-types', ['appointment-types']);

export const useSetStatuses = () =>
  useReplace<AppointmentStatusesRequest>('/api/appointment-statuses', ['appointment-statuses']);
