import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../ui/api.ts';
import type { MailDecision } from '../contract/mails.ts';
import type {
  ReminderLog,
  ReminderRule,
  ReminderSettings,
  Reminders,
  RuleFields,
  RulePreview,
  RuleTest,
} from '../contract/reminders.ts';

export const useReminders = () =>
  useQuery({ queryKey: ['reminders'], queryFn: ({ signal }) => api<Reminders>('/api/reminders', { signal }) });

const rulePath = (ruleId: string) => `/api/reminders/rules/${encodeURIComponent(ruleId)}`;

/** Saves, then asks what the rule would do today: one press, as the button says. */
export function useSaveAndTest(ruleId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (asked: { readonly version: number; readonly rule: RuleFields }) => {
      const rule = await api<ReminderRule>(rulePath(ruleId), { method: 'PUT', body: asked });
      queries.setQueryData<Reminders>(['reminders'], (before) =>
        before ? { ...before, rules: [...before.rules.filter((one) => one.ruleId !== ruleId), rule] } : before,
      );
      return { rule, test: await api<RuleTest>(`${rulePath(ruleId)}/test`, { method: 'POST' }) };
    },
  });
}

export function useSwitchRule() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ ruleId, version, enabled }: Pick<ReminderRule, 'ruleId' | 'version' | 'enabled'>) =>
      api<ReminderRule>(`${rulePath(ruleId)}/enabled`, { method: 'POST', body: { version, enabled } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['reminders'] }),
  });
}

export function useDeleteRule() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ruleId: string) => api<void>(rulePath(ruleId), { method: 'DELETE' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['reminders'] }),
  });
}

export const usePreview = () =>
  useMutation({
    mutationFn: (body: { readonly rule: RuleFields; readonly language: 'en' | 'fr' }) =>
      api<RulePreview>('/api/reminders/preview', { method: 'POST', body }),
  });

export function useSaveSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ReminderSettings) => api<ReminderSettings>('/api/reminders/settings', { method: 'PUT', body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['reminders'] }),
  });
}

export interface LogFilter {
  readonly rule: string;
  readonly outcome: string;
}

export const useReminderLog = (filter: LogFilter) =>
  useInfiniteQuery({
    queryKey: ['reminder-log', filter],
    initialPageParam: '',
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams();
      if (filter.rule) query.set('rule', filter.rule);
      if (filter.outcome) query.set('outcome', filter.outcome);
      if (pageParam) query.set('after', pageParam);
      return api<ReminderLog>(`/api/reminders/log?${query}`, { signal });
    },
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  });

export function useDecideMail() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ mailId, decision }: { readonly mailId: string; readonly decision: MailDecision }) =>
      api<void>(`/api/mails/${mailId}/${decision}`, { method: 'POST' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['reminder-log'] }),
  });
}
