import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import type { OpenInvitation } from '../contract/accounts.ts';
import { NewPasswordFields } from './NewPasswordFields.tsx';

/** The token of a link in an e-mail: behind the #, which browsers send nowhere. */
export const tokenInAddress = (): string => location.hash.slice(1);

/** Where a link of an e-mail leads: whoever holds it, signed in or not, becomes a member of the site. */
export function InvitationPage() {
  const t = useT();
  const [token] = useState(tokenInAddress);
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => api<OpenInvitation>('/api/invitations/read', { method: 'POST', body: { token } }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const accept = useMutation({
    mutationFn: (body: { displayName?: string; password?: string }) =>
      api<void>('/api/invitations/accept', { method: 'POST', body: { token, ...body } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    accept.mutate(invitation.data?.hasAccount ? {} : { displayName, password });
  };
  const page = (content: React.ReactNode) => (
    <Page title={t('users.accept.title')} width="narrow">
      <div className="card pad stack g3">{content}</div>
    </Page>
  );
  if (invitation.isPending) return page(<LoadingBlock />);
  if (invitation.error) return page(<ErrorState problem={invitation.error} />);
  const { siteName: site, email, role, hasAccount } = invitation.data;
  if (accept.isSuccess) {
    return page(
      <>
        <p role="status">{t('users.accept.done', { site })}</p>
        {role === 'site-admin' && <p className="s13 muted">{t('users.accept.second-factor')}</p>}
        <div className="row">
          <Button variant="filled" component={Link} to="/">
            {t('users.to-sign-in')}
          </Button>
        </div>
      </>,
    );
  }
  return page(
    <form className="stack g3" onSubmit={submit}>
      <p>{t('users.accept.intro', { site, role: t(`users.role.${role}`) })}</p>
      <p className="s13 muted">{t(hasAccount ? 'users.accept.known' : 'users.accept.new', { email })}</p>
      {accept.error && <ErrorState problem={accept.error} />}
      {!hasAccount && (
        <>
          <TextInput
            label={t('portal.set-up.name')}
            name="displayName"
            autoComplete="name"
            required
            withAsterisk={false}
            maxLength={200}
            value={displayName}
            onChange={(event) => setDisplayName(event.currentTarget.value)}
          />
          <NewPasswordFields email={email} password={password} onChange={setPassword} />
        </>
      )}
      <div className="row">
        <Button type="submit" variant="filled" loading={accept.isPending}>
          {t('users.accept.act')}
        </Button>
      </div>
    </form>,
  );
}
