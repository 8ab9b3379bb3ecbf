import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import { ApiProblem, api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Frame } from '../../ui/Frame.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { sessionKey } from '../../ui/query-client.ts';
import { SignInForm } from '../../ui/SignInForm.tsx';
import type { Me } from '../contract/session.ts';

const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in; only inside SignedIn. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe outside of SignedIn');
  return me;
}

/** The frame with the sign-in inside it, or, once somebody is known, the page that was asked for: the address does not change. */
export function SignedIn({ children }: { children: ReactNode }) {
  const t = useT();
  const queries = useQueryClient();
  const session = useQuery({
    queryKey: sessionKey,
    queryFn: async () => {
      try {
        return await api<Me>('/api/me');
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 401) return null;
        throw error;
      }
    },
  });
  const signIn = useMutation({
    mutationFn: ({ user, password }: { user: string; password: string }) =>
      api<Me>('/api/sign-in', { method: 'POST', body: { email: user, password } }),
    onSuccess: (me) => queries.setQueryData(sessionKey, me),
  });
  const signOut = useMutation({
    mutationFn: () => api('/api/sign-out', { method: 'POST' }),
    onSettled: () => {
      queries.clear();
      queries.setQueryData(sessionKey, null);
    },
  });
  const me = session.data;
  if (session.isPending) return <LoadingBlock />;
  if (session.isError) return <ErrorState problem={session.error} onRetry={() => void session.refetch()} />;
  if (!me) {
    return (
      <Frame app="portal">
        <Page>
          <SignInForm
            title={t('portal.sign-in.title')}
            intro={t('portal.sign-in.intro')}
            userLabel={t('portal.sign-in.email')}
            userType="email"
            busy={signIn.isPending}
            problem={signIn.error ?? undefined}
            onSubmit={(credentials) => signIn.mutate(credentials)}
          />
        </Page>
      </Frame>
    );
  }
  const items = [
    { label: t('portal.nav.patients'), to: '/', exact: true },
    { label: t('portal.nav.day-sheet'), to: '/day-sheet' },
  ];
  return (
    <MeContext value={me}>
      <Frame
        app="portal"
        items={items}
        person={{ name: me.displayName, role: t(`portal.role.${me.role}`, { site: me.siteName }) }}
        onSignOut={() => signOut.mutate()}
      >
        {children}
      </Frame>
    </MeContext>
  );
}
