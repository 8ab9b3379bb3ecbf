import { Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '../../ui/language.tsx';
import { SignInForm } from '../../ui/SignInForm.tsx';
import type { SetUpState } from '../contract/session.ts';
import { useSessionActs } from './session.ts';

/** Asks for the clinic only where the installation has several. */
export function SignIn({ clinics }: { clinics: SetUpState['clinics'] }) {
  const t = useT();
  const acts = useSessionActs();
  const [tenantId, setTenantId] = useState<string | null>(null);
  const several = clinics.length > 1;
  const signIn = useMutation({
    mutationFn: ({ user, password }: { user: string; password: string }) =>
      acts.signIn({ username: user, password, ...(several && tenantId !== null && { tenantId: Number(tenantId) }) }),
  });
  return (
    <SignInForm
      title={t('emr.sign-in.title')}
      intro={t('emr.sign-in.intro')}
      userLabel={t('emr.sign-in.user')}
      busy={signIn.isPending}
      problem={signIn.error ?? undefined}
      onSubmit={(credentials) => signIn.mutate(credentials)}
      before={
        several && (
          <Select
            label={t('emr.sign-in.clinic')}
            searchable
            required
            withAsterisk={false}
            value={tenantId}
            onChange={setTenantId}
            data={clinics.map((clinic) => ({ value: String(clinic.tenantId), label: clinic.name }))}
          />
        )
      }
    />
  );
}
