import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import type {
  NewMessageRequest,
  NewThread,
  NewThreadRequest,
  SavedFetch,
  Thread,
  Threads,
} from '../contract/messages.ts';

export interface MessageFilter {
  readonly show: 'all' | 'unread';
  /** Of this booking's patient alone. */
  readonly booking?: string | undefined;
}

/** From an address, whoever has written it. */
export const readMessageFilter = ({ show, booking }: Readonly<Record<string, unknown>>): MessageFilter => ({
  show: show === 'unread' ? 'unread' : 'all',
  booking: typeof booking === 'string' && booking !== '' ? booking : undefined,
});

/** For the address bar: what is at its default is left out. */
export const writeMessageFilter = ({ show, booking }: MessageFilter): Record<string, unknown> => ({
  ...(show === 'unread' && { show }),
  ...(booking !== undefined && { booking }),
});

export const useThreads = (booking: string | undefined, signedIn = true, refetchInterval = 5_000) =>
  useQuery({
    queryKey: ['threads', booking ?? ''],
    queryFn: ({ signal }) =>
      api<Threads>(`/api/threads${booking === undefined ? '' : `?${new URLSearchParams({ booking })}`}`, { signal }),
    placeholderData: keepPreviousData,
    enabled: signedIn,
    refetchInterval,
  });

/** How many messages are unread, for the top bar; undefined: not known. */
export const useUnread = (signedIn: boolean): number | undefined =>
  useThreads(undefined, signedIn, 30_000).data?.unread;

export const useThread = (threadId: string) =>
  useQuery({
    queryKey: ['thread', threadId],
    queryFn: ({ signal }) => api<Thread>(`/api/threads/${threadId}`, { signal }),
    refetchInterval: 5_000,
  });

function useForget() {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['threads'] }),
      queries.invalidateQueries({ queryKey: ['thread'] }),
    ]);
}

export function useBeginThread() {
  const forget = useForget();
  return useMutation({
    mutationFn: (body: NewThreadRequest) => api<NewThread>('/api/threads', { method: 'POST', body }),
    onSettled: forget,
    gcTime: 0,
  });
}

export function useReply(threadId: string) {
  const forget = useForget();
  return useMutation({
    mutationFn: (body: NewMessageRequest) =>
      api<unknown>(`/api/threads/${threadId}/messages`, { method: 'POST', body }),
    onSettled: forget,
  });
}

export function useMarkRead(threadId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api<void>(`/api/threads/${threadId}/read`, { method: 'POST' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['threads'] }),
  });
}

const lookEveryMs = 500;
/** A fetch that has not ended by then is given up by the page; what comes later is there for the next one. */
const looksAtMost = 120;

/** Asks Cloud Connect for what was saved in the EMR, and waits for what becomes of it. */
export const useFetchSaved = (bookingId: string) =>
  useMutation({
    mutationFn: async () => {
      let fetched = await api<SavedFetch>('/api/saved-for-ocean', { method: 'POST', body: { bookingId } });
      for (let look = 0; look < looksAtMost && (fetched.state === 'asked' || fetched.state === 'fetching'); look += 1) {
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
        fetched = await api<SavedFetch>(`/api/saved-for-ocean/${fetched.fetchId}`);
      }
      return fetched;
    },
  });
