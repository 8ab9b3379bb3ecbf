import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { ApiProblem, api } from '../../ui/api.ts';
import type { AppointmentLink } from '../contract/links.ts';
import type { ListedBooking } from '../contract/patients.ts';
import type { ActKind, PressRequest, QueuedWriteBack } from '../contract/write-backs.ts';
import { newId } from './new-id.ts';

/** One press is one act: until the server has answered, pressing again sends the same press again. */
export function usePress({ bookingId, version }: ListedBooking) {
  const queries = useQueryClient();
  const unanswered = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: async (kind: ActKind) => {
      const name = `${kind} ${version}`;
      const pressId = unanswered.current.get(name) ?? newId();
      unanswered.current.set(name, pressId);
      const body: PressRequest = { pressId, version };
      try {
        const path = `/api/bookings/${encodeURIComponent(bookingId)}/${kind}`;
        const queued = await api<QueuedWriteBack>(path, { method: 'POST', body });
        unanswered.current.delete(name);
        return queued;
      } catch (error) {
        if (error instanceof ApiProblem && error.status >= 400 && error.status < 500) unanswered.current.delete(name);
        throw error;
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['day'] }),
  });
}

/** A link that the patient answers by: made anew each time, and told once. */
export const useMakeLink = ({ bookingId }: ListedBooking) =>
  useMutation({
    mutationFn: () => api<AppointmentLink>(`/api/bookings/${encodeURIComponent(bookingId)}/link`, { method: 'POST' }),
    gcTime: 0,
  });

export function useCloseTask() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (taskId: string) => api<void>(`/api/tasks/${taskId}/done`, { method: 'POST' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['day'] }),
  });
}
