import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { ApiProblem, api } from '../../ui/api.ts';
import type { ListedBooking } from '../contract/patients.ts';
import type { PressRequest, QueuedWriteBack, WriteBackKind } from '../contract/write-backs.ts';

/** A random UUID; `crypto.randomUUID` itself is there over HTTPS only, and a clinic may have none inside its walls. */
function newPressId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end)).join('-');
}

/** One press is one act: until the server has answered, pressing again sends the same press again. */
export function usePress({ bookingId, version }: ListedBooking) {
  const queries = useQueryClient();
  const unanswered = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: async (kind: WriteBackKind) => {
      const name = `${kind} ${version}`;
      const pressId = unanswered.current.get(name) ?? newPressId();
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

export function useCloseTask() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (taskId: string) => api<void>(`/api/tasks/${taskId}/done`, { method: 'POST' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['day'] }),
  });
}
