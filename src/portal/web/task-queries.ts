import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import {
  type StaffTask,
  type StaffTasks,
  type TaskAbout,
  type TaskAct,
  type TasksQuery,
  taskAbouts,
} from '../contract/staff-tasks.ts';

export interface TaskFilter {
  readonly show: TasksQuery['show'];
  /** undefined: everything. */
  readonly about?: TaskAbout | undefined;
}

/** From an address, whoever has written it. */
export const readTaskFilter = ({ show, about }: Readonly<Record<string, unknown>>): TaskFilter => ({
  show: show === 'done' ? 'done' : 'open',
  about: taskAbouts.find((one) => one === about),
});

/** For the address bar: what is at its default is left out. */
export const writeTaskFilter = ({ show, about }: TaskFilter): Record<string, unknown> => ({
  ...(show === 'done' && { show }),
  ...(about !== undefined && { about }),
});

export function useTasks({ show, about }: TaskFilter) {
  const query = new URLSearchParams({ show, ...(about && { about }) });
  return useQuery({
    queryKey: ['tasks', query.toString()],
    queryFn: ({ signal }) => api<StaffTasks>(`/api/tasks?${query}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
}

/** How many are open, for the top bar; undefined: not known. */
export function useOpenTasks(signedIn: boolean): number | undefined {
  const { data } = useQuery({
    queryKey: ['tasks', 'counts'],
    queryFn: ({ signal }) => api<StaffTasks>('/api/tasks', { signal }),
    enabled: signedIn,
    refetchInterval: 30_000,
  });
  return data && taskAbouts.reduce((sum, one) => sum + data.counts[one], 0);
}

/** Closing, unlocking and opening again; what became of the booking is shown anew everywhere. */
export function useTaskAct({ taskId, mail }: StaffTask) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (act: TaskAct) => {
      const isDecision = act === 'was-sent' || act === 'send-again';
      const path = isDecision
        ? `/api/mails/${mail?.mailId}/${act}`
        : `/api/tasks/${taskId}/${act === 'reopen' ? 'reopen' : 'done'}`;
      return api<void>(path, { method: 'POST' });
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['tasks'] }),
        queries.invalidateQueries({ queryKey: ['day'] }),
      ]),
  });
}
