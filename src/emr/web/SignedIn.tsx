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
      api<Me>('/api/sign-in', { method: 'POST', body: { username: user, password } }),
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
      <Frame app="emr">
        <Page>
          <SignInForm
            title={t('emr.sign-in.title')}
            intro={t('emr.sign-in.intro')}
            userLabel={t('emr.sign-in.user')}
            busy={signIn.isPending}
            problem={signIn.error ?? undefined}
            onSubmit={(credentials) => signIn.mutate(credentials)}
          />
        </Page>
      </Frame>
    );
  }
  const items = [
    { label: t('emr.nav.scheduler'), to: '/', exact: true },
    ...(me.abilities.manageSecurity
      ? [{ label: t('emr.nav.users'), items: [{ label: t('emr.security'), to: '/security' }] }]
      : []),
  ];
  return (
    <MeContext value={me}>
      <Frame
        app="emr"
        items={items}
        person={{ name: me.displayName, role: t(`emr.kind.${me.kind}`) }}
        onSignOut={() => signOut.mutate()}
      >
        {children}
      </Frame>
    </MeContext>
  );
}
