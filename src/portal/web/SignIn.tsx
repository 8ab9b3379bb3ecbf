import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useT } from '../../ui/language.tsx';
import { SignInForm } from '../../ui/SignInForm.tsx';
import { useSessionActs } from './session.ts';

export function SignIn() {
  const t = useT();
  const acts = useSessionActs();
  const signIn = useMutation({
    mutationFn: ({ user, password }: { user: string; password: string }) => acts.signIn({ email: user, password }),
  });
  return (
    <SignInForm
      title={t('portal.sign-in.title')}
      userLabel={t('portal.sign-in.email')}
      userType="email"
      busy={signIn.isPending}
      problem={signIn.error ?? undefined}
      onSubmit={(credentials) => signIn.mutate(credentials)}
    >
      <p className="s13">
        <Link to="/forgotten-password">{t('users.forgotten')}</Link>
      </p>
      <p className="s13 muted">{t('portal.sign-in.no-account')}</p>
    </SignInForm>
  );
}
