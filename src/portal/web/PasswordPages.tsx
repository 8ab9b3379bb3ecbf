import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import type { OpenReset } from '../contract/accounts.ts';
import { tokenInAddress } from './InvitationPage.tsx';
import { NewPasswordFields } from './NewPasswordFields.tsx';

const ToSignIn = ({ filled = false }: { filled?: boolean }) => {
  const t = useT();
  return (
    <Button variant={filled ? 'filled' : 'subtle'} component={Link} to="/">
      {t('users.to-sign-in')}
    </Button>
  );
};

/** Asks for a link; what is answered does not say whether the address has an account. */
export function ForgottenPasswordPage() {
  const t = useT();
  const [email, setEmail] = useState('');
  const ask = useMutation({
    mutationFn: () => api<void>('/api/password-resets', { method: 'POST', body: { email } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <Page title={t('users.forgotten.title')} width="narrow">
      <form className="card pad stack g3" onSubmit={submit}>
        {ask.isSuccess ? (
          <>
            <p role="status">{t('users.forgotten.done', { email: email.trim() })}</p>
            <div className="row">
              <ToSignIn />
            </div>
          </>
        ) : (
          <>
            <p className="s13 muted">{t('users.forgotten.what')}</p>
            {ask.error && <ErrorState problem={ask.error} />}
            <TextInput
              label={t('portal.sign-in.email')}
              type="email"
              name="username"
              autoComplete="username"
              required
              withAsterisk={false}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <div className="row wrap">
              <Button type="submit" variant="filled" loading={ask.isPending}>
                {t('users.forgotten.act')}
              </Button>
              <ToSignIn />
            </div>
          </>
        )}
      </form>
    </Page>
  );
}

/** Where the link of the e-mail leads. */
export function NewPasswordPage() {
  const t = useT();
  const [token] = useState(tokenInAddress);
  const [password, setPassword] = useState('');
  const open = useQuery({
    queryKey: ['password-reset', token],
    queryFn: () => api<OpenReset>('/api/password-resets/read', { method: 'POST', body: { token } }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const set = useMutation({
    mutationFn: () => api<void>('/api/password-resets/set', { method: 'POST', body: { token, password } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  const page = (content: ReactNode) => (
    <Page title={t('users.new-password.title')} width="narrow">
      <div className="card pad stack g3">{content}</div>
    </Page>
  );
  if (open.isPending) return page(<LoadingBlock />);
  if (open.error) {
    return page(
      <>
        <ErrorState problem={open.error} />
        <div className="row">
          <Button component={Link} to="/forgotten-password">
            {t('users.forgotten.again')}
          </Button>
        </div>
      </>,
    );
  }
  if (set.isSuccess) {
    return page(
      <>
        <p role="status">{t('users.new-password.done')}</p>
        <div className="row">
          <ToSignIn filled />
        </div>
      </>,
    );
  }
  return page(
    <form className="stack g3" onSubmit={submit}>
      <p>{t('users.new-password.what', { email: open.data.email })}</p>
      {set.error && <ErrorState problem={set.error} />}
      <NewPasswordFields email={open.data.email} password={password} onChange={setPassword} />
      <div className="row">
        <Button type="submit" variant="filled" loading={set.isPending}>
          {t('users.new-password.act')}
        </Button>
      </div>
    </form>,
  );
}
