import { PasswordInput } from '@mantine/core';
import { useT } from '../../ui/language.tsx';

/** A password that somebody chooses, with the address beside it for his password manager. */
export function NewPasswordFields({
  email,
  password,
  onChange,
}: {
  email: string;
  password: string;
  onChange: (password: string) => void;
}) {
  const t = useT();
  return (
    <>
      <input
        type="email"
        className="vh"
        name="username"
        autoComplete="username"
        value={email}
        readOnly
        tabIndex={-1}
        aria-hidden
      />
      <PasswordInput
        label={t('portal.set-up.password')}
        name="password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        minLength={12}
        value={password}
        onChange={(event) => onChange(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('frame.sign-in.show-password'), tabIndex: 0 }}
      />
    </>
  );
}
