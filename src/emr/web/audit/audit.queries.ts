import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { api } from '../../../ui/api.ts';
import { currentLanguage } from '../../../ui/language-choice.ts';
import type { AuditLog, AuditLogQuery } from '../../contract/audit-log.ts';

export type AuditFilter = Omit<AuditLogQuery, 'before'>;

export const useAuditLog = (filter: AuditFilter) =>
  useInfiniteQuery({
    queryKey: ['audit-log', filter],
    queryFn: ({ pageParam }) =>
      api<AuditLog>('/api/audit-log', {
        method: 'POST',
        body: pageParam === null ? filter : { ...filter, before: pageParam },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ more }) => more,
    placeholderData: keepPreviousData,
    // Each look is recorded: none happens because somebody came back to the window.
    refetchOnWindowFocus: false,
  });

/** The whole log that matches, saved as a file. */
export const useAuditCsv = () =>
  useMutation({
    mutationFn: async (filter: AuditFilter) => {
      const answer = await fetch('/api/audit-log.csv', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': currentLanguage() },
        credentials: 'same-origin',
        body: JSON.stringify(filter),
      });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const url = URL.createObjectURL(await answer.blob());
      const link = document.createElement('a');
      link.href = url;
      link.download = 'audit-log.csv';
      link.click();
      URL.revokeObjectURL(url);
    },
  });
