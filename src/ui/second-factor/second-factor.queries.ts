import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, api } from '../api.ts';
import { sessionKey } from '../query-client.ts';

/** What signing in still asks for, once the password was right. */
export type SignInStep = 'code' | 'enrol';

interface RecoveryCodes {
  readonly recoveryCodes: readonly string[];
}

const stateKey = ['second-factor'] as const;
const post =
  <T>(path: string) =>
  (code: string) =>
    api<T>(path, { method: 'POST', body: { code } });

/** What signing in still asks for, from the refusal of `GET /api/me`. */
export function stepIn(problem: unknown): SignInStep | undefined {
  const next = problem instanceof ApiProblem ? problem.extra['next'] : undefined;
  return next === 'code' || next === 'enrol' ? next : undefined;
}

export function useGiveCode() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: post<object>('/api/sign-in/code'),
    onSuccess: (me) => queries.setQueryData(sessionKey, me),
  });
}

/** The same secret for as long as the session lacks a second factor, so it is asked for once. */
export const useOffer = () =>
  useQuery({
    queryKey: [...stateKey, 'offer'],
    queryFn: () => api<{ secret: string; address: string }>('/api/second-factor/offer', { method: 'POST' }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });

export const useConfirm = () => useMutation({ mutationFn: post<RecoveryCodes>('/api/second-factor/confirm') });

export const useRenewRecoveryCodes = () =>
  useMutation({ mutationFn: post<RecoveryCodes>('/api/second-factor/recovery-codes') });

export const useSecondFactor = () =>
  useQuery({
    queryKey: stateKey,
    queryFn: () => api<{ enrolledAt: string | null; recoveryCodesLeft: number }>('/api/second-factor'),
  });

export function useRereadSecondFactor() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: stateKey });
}
