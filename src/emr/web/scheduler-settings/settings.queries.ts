import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../ui/api.ts';
import type { AppointmentTypesRequest, OpenHoursRequest } from '../../contract/open-hours.ts';
import type { AppointmentStatusesRequest } from '../../contract/scheduler.ts';

export interface SchedulePair {
  readonly officeId: string;
  readonly providerId: string;
}

const hoursPath = ({ officeId, providerId }: SchedulePair) =>
  `/api/schedules/${encodeURIComponent(officeId)}/${encodeURIComponent(providerId)}/open-hours`;
const hoursKey = ({ officeId, providerId }: SchedulePair) => ['open-hours', officeId, providerId];

export const useOpenHours = (pair: SchedulePair) =>
  useQuery({ queryKey: hoursKey(pair), queryFn: () => api<OpenHoursRequest>(hoursPath(pair)) });

/** Puts all of it in place of what there was; everything that shows it is read again. */
function useReplace<Body>(path: string, key: readonly string[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => api(path, { method: 'PUT', body }),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: key }),
        queries.invalidateQueries({ queryKey: ['scheduler'] }),
      ]),
  });
}

export const useSetOpenHours = (pair: SchedulePair) => useReplace<OpenHoursRequest>(hoursPath(pair), hoursKey(pair));

export const useSetTypes = () => useReplace<AppointmentTypesRequest>('/api/appointment-types', ['appointment-types']);

export const useSetStatuses = () =>
  useReplace<AppointmentStatusesRequest>('/api/appointment-statuses', ['appointment-statuses']);
