import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import type { FormEvent, ReactNode } from 'react';
import { useId, useState } from 'react';
import { Banner } from './Banner.tsx';
import { ErrorState } from './ErrorState.tsx';
import { useT } from './language.tsx';
import { secondsToWait, useCountdown } from './use-countdown.ts';

/**
 * User name (or e-mail address) and password. The sentences come by props: who signs in where differs by app.
 * `problem` is what the last try threw. A throttled form counts down and says when the next try is allowed.
 */
export function SignInForm({
  title,
  intro,
  userLabel,
  userType = 'text',
  busy = false,
  problem,
  onSubmit,
  before,
  children,
}: {
  title: string;
  intro?: ReactNode;
  userLabel: string;
  userType?: 'text' | 'email';
  busy?: boolean;
  problem?: unknown;
  onSubmit: (credentials: { user: string; password: string }) => void;
  /** Above the user: which clinic, where there are several. */
  before?: ReactNode;
  /** Below the button: whom to ask for an account, say. */
  children?: ReactNode;
}) {
  const t = useT();
  const heading = useId();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const left = useCountdown(problem);
  const throttled = secondsToWait(problem) > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && left === 0) onSubmit({ user: user.trim(), password });
  };
  return (
    <div className="page">
      <title>{`${title} · ${t('frame.brand')}`}</title>
      <form className="sign-in card pad stack g3" aria-labelledby={heading} onSubmit={submit}>
        <div className="stack g1">
          <h1 id={heading}>{title}</h1>
          {intro !== undefined && <p className="s13 muted">{intro}</p>}
        </div>
        {problem != null && !throttled && <ErrorState problem={problem} />}
        {throttled && (
          <Banner tone={left > 0 ? 'amber' : 'blue'} icon={IconClock}>
            {left > 0 ? t('frame.sign-in.throttled', { seconds: left }) : t('frame.sign-in.again')}
            <span className="vh" role="status">
              {left === 0 && t('frame.sign-in.again')}
            </span>
          </Banner>
        )}
        {before}
        <TextInput
          label={userLabel}
          type={userType}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('frame.sign-in.password')}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('frame.sign-in.show-password'), tabIndex: 0 }}
        />
        <Button type="submit" variant="filled" fullWidth disabled={busy || left > 0}>
          {t(busy ? 'frame.sign-in.working' : 'frame.sign-in')}
        </Button>
        {children}
      </form>
    </div>
  );
}
