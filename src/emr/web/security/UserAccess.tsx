import { Button, PasswordInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import type { SecurityUser } from '../../contract/users.ts';
import { BlastRadiusOf } from './BlastRadius.tsx';
import { useResetSecondFactor, useSetActive, useSetPassword } from './users.queries.ts';

function Password({ user }: { user: SecurityUser }) {
  const t = useT();
  const [password, setPassword] = useState('');
  const set = useSetPassword(user.userId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate(password, { onSuccess: () => setPassword('') });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <PasswordInput
        label={t('security.users.new-password')}
        description={t('security.users.set-password-what')}
        autoComplete="new-password"
        required
        withAsterisk={false}
        minLength={12}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('frame.sign-in.show-password'), tabIndex: 0 }}
      />
      {set.error && <ErrorState problem={set.error} />}
      <div className="row wrap">
        <Button type="submit" disabled={set.isPending || password === ''}>
          {t('security.users.set-password')}
        </Button>
        <span className="s13 muted" role="status">
          {set.isSuccess && t('security.users.password-set')}
        </span>
      </div>
    </form>
  );
}

function SecondFactor({ user }: { user: SecurityUser }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const reset = useResetSecondFactor(user.userId);
  if (!user.secondFactor) return <p className="s13 muted">{t('second-factor.has-not')}</p>;
  if (!asking) {
    return (
      <div className="row wrap">
        <span className="s13">{t('second-factor.has')}</span>
        <Button onClick={() => setAsking(true)}>{t('second-factor.reset')}</Button>
      </div>
    );
  }
  return (
    <div className="stack">
      <p className="s13">{t('second-factor.reset-what', { name: user.displayName })}</p>
      {reset.error && <ErrorState problem={reset.error} />}
      <div className="row wrap">
        <Button color="red" disabled={reset.isPending} onClick={() => reset.mutate(undefined)}>
          {t('second-factor.reset-act')}
        </Button>
        <Button autoFocus onClick={() => setAsking(false)}>
          {t('frame.cancel')}
        </Button>
      </div>
    </div>
  );
}

function Deactivate({ user, onDone }: { user: SecurityUser; onDone: () => void }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const set = useSetActive(user.userId);
  const { displayName: name, kind, sessions } = user;
  // The list is read again before the act counts as done, and a user who is switched off has no such button: `mutate` would tell nobody.
  const deactivate = () => set.mutateAsync(false).then(onDone, () => {});
  if (!asking) {
    return (
      <div className="row">
        <Button color="red" onClick={() => setAsking(true)}>
          {t('security.users.deactivate')}
        </Button>
      </div>
    );
  }
  return (
    <section className="stack" aria-labelledby="deactivate">
      <h4 id="deactivate">{t('security.users.deactivate-title', { name })}</h4>
      <p className="s13">
        {kind === 'service'
          ? t('security.users.deactivate-service')
          : t('security.users.deactivate-detail', { name, sessions })}
      </p>
      {/* Who is of no office holds nothing, as whoever is switched off. */}
      <BlastRadiusOf userId={user.userId} asked={{ changes: [], officeIds: [] }} />
      {set.error && <ErrorState problem={set.error} />}
      <div className="row wrap">
        <Button variant="filled" color="red" disabled={set.isPending} onClick={deactivate}>
          {t('security.users.deactivate-act')}
        </Button>
        <Button autoFocus onClick={() => setAsking(false)}>
          {t('frame.cancel')}
        </Button>
      </div>
    </section>
  );
}

function Reactivate({ user }: { user: SecurityUser }) {
  const t = useT();
  const set = useSetActive(user.userId);
  return (
    <div className="stack">
      <p className="s13 muted">{t('security.users.reactivate-what')}</p>
      {set.error && <ErrorState problem={set.error} />}
      <div className="row">
        <Button disabled={set.isPending} onClick={() => set.mutate(true)}>
          {t('security.users.reactivate')}
        </Button>
      </div>
    </div>
  );
}

/** Whether and how a user gets in. Each act holds at once, and does not wait for the changes above. */
export function UserAccess({ user, onDone }: { user: SecurityUser; onDone: () => void }) {
  const t = useT();
  return (
    <section className="stack g3 user-access" aria-labelledby="user-access">
      <h3 id="user-access">{t('security.users.access')}</h3>
      {user.kind !== 'service' && user.active && <Password user={user} />}
      {user.kind !== 'service' && user.active && <SecondFactor user={user} />}
      {user.active ? <Deactivate user={user} onDone={onDone} /> : <Reactivate user={user} />}
    </section>
  );
}
