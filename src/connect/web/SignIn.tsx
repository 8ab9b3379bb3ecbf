import { useMutation } from '@tanstack/react-query';
import { ApiProblem } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { useT } from '../../ui/language.tsx';
import { SignInForm } from '../../ui/SignInForm.tsx';
import { useSessionActs } from './session.ts';

/** Display names of those who may sign in here, from a refusal. */
function siteAdminsIn(problem: unknown): string[] {
  const named = problem instanceof ApiProblem ? problem.extra.siteAdmins : undefined;
  return Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
}

export function SignIn() {
  const t = useT();
  const acts = useSessionActs();
  const signIn = useMutation({
    mutationFn: ({ user, password }: { user: string; password: string }) => acts.signIn({ email: user, password }),
  });
  const siteAdmins = siteAdminsIn(signIn.error);
  return (
    <SignInForm
      title={t('connect.sign-in.title')}
      intro={t('connect.sign-in.intro')}
      userLabel={t('connect.sign-in.email')}
      userType="email"
      busy={signIn.isPending}
      problem={signIn.error ?? undefined}
      onSubmit={(credentials) => signIn.mutate(credentials)}
    >
      {siteAdmins.length > 0 && (
        <Banner tone="blue">
          <p>{t('connect.sign-in.site-admins')}</p>
          <ul>
            {siteAdmins.map((name) => (
              <li key={name}>
                <strong>{name}</strong>
              </li>
            ))}
          </ul>
        </Banner>
      )}
    </SignInForm>
  );
}
