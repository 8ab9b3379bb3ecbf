// An audit log of an app, as its pages ask for it. What is asked for goes by POST, so that it stands in no address.
import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { api } from '../api.ts';
import { saveAnswer } from '../save-answer.ts';

/** Page by page, latest first; `more` is where the next one begins. */
export const useAuditPages = <Page extends { readonly more: string | null }>(
  filter: object,
  options: { readonly refetchOnWindowFocus?: false } = {},
) =>
  useInfiniteQuery({
    queryKey: ['audit-log', filter],
    queryFn: ({ pageParam }) =>
      api<Page>('/api/audit-log', {
        method: 'POST',
        body: pageParam === null ? filter : { ...filter, before: pageParam },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ more }) => more,
    placeholderData: keepPreviousData,
    ...options,
  });

/** The whole log that matches, saved as a file. */
export const useAuditCsv = () =>
  useMutation({ mutationFn: (filter: object) => saveAnswer('/api/audit-log.csv', filter, 'audit-log.csv') });
