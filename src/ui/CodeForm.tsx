import { Button, TextInput } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Banner } from './Banner.tsx';
import { ErrorState } from './ErrorState.tsx';
import { fieldsIn } from './fields-in.ts';
import { useT } from './language.tsx';
import { secondsToWait, useCountdown } from './use-countdown.ts';

/** Asks for a code of an authenticator app. `problem` is what the last try threw: at the field, or as a countdown where one has to wait. */
export function CodeForm({
  label,
  act,
  busy,
  problem,
  autoFocus = false,
  onSubmit,
  children,
}: {
  label: string;
  act: string;
  busy: boolean;
  problem?: unknown;
  autoFocus?: boolean;
  onSubmit: (code: string) => void;
  /** Beside the button. */
  children?: ReactNode;
}) {
  const t = useT();
  const [code, setCode] = useState('');
  const left = useCountdown(problem);
  const throttled = secondsToWait(problem) > 0;
  const wrong = fieldsIn(problem).has('code');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && left === 0) onSubmit(code);
  };
  return (
    <form className="stack g3" onSubmit={submit}>
      {problem != null && !throttled && <ErrorState problem={problem} />}
      {throttled && (
        <Banner tone={left > 0 ? 'amber' : 'blue'} icon={IconClock}>
          {left > 0 ? t('frame.sign-in.throttled', { seconds: left }) : t('frame.sign-in.again')}
        </Banner>
      )}
      <TextInput
        label={label}
        name="code"
        autoComplete="one-time-code"
        inputMode="text"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        maxLength={100}
        data-autofocus={autoFocus || undefined}
        autoFocus={autoFocus}
        aria-invalid={wrong}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <div className="row wrap">
        <Button type="submit" variant="filled" disabled={busy || left > 0}>
          {act}
        </Button>
        {children}
      </div>
    </form>
  );
}
