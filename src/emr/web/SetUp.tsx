import { Autocomplete, Button, NumberInput, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { fieldsIn } from '../../ui/fields-in.ts';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import type { SetUpRequest } from '../contract/session.ts';
import { useSessionActs } from './session.ts';

/** The first clinic, its first office and its first administrator, who is then signed in. */
export function SetUp({ onDone }: { onDone: () => void }) {
  const t = useT();
  const acts = useSessionActs();
  const [tenantId, setTenantId] = useState<number | string>('');
  const [clinicName, setClinicName] = useState('');
  const [officeName, setOfficeName] = useState('');
  const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const setUp = useMutation({
    mutationFn: async (body: SetUpRequest) => {
      await api('/api/set-up', { method: 'POST', body });
      await acts.signIn({ tenantId: body.tenantId, username: body.username, password: body.password });
    },
    onSuccess: onDone,
  });
  const wrong = fieldsIn(setUp.error);
  const at = (field: keyof SetUpRequest) => wrong.has(field) && { error: t('emr.set-up.field') };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setUp.mutate({
      tenantId: Number(tenantId),
      clinicName,
      officeName,
      zone,
      displayName,
      username: username.trim(),
      password,
    });
  };
  return (
    <Page title={t('emr.set-up.title')} width="narrow">
      <form className="card pad stack g3" onSubmit={submit}>
        <p className="muted">{t('emr.set-up.intro')}</p>
        {setUp.error && <ErrorState problem={setUp.error} />}
        <TextInput
          label={t('emr.set-up.clinic-name')}
          value={clinicName}
          onChange={(event) => setClinicName(event.currentTarget.value)}
          required
          {...at('clinicName')}
        />
        <NumberInput
          label={t('emr.set-up.tenant-id')}
          description={t('emr.set-up.tenant-id-what', { name: `OceanAPI${tenantId}` })}
          value={tenantId}
          onChange={setTenantId}
          min={1}
          max={999_999}
          allowDecimal={false}
          hideControls
          required
          {...at('tenantId')}
        />
        <TextInput
          label={t('emr.set-up.office-name')}
          value={officeName}
          onChange={(event) => setOfficeName(event.currentTarget.value)}
          required
          {...at('officeName')}
        />
        <Autocomplete
          label={t('emr.set-up.zone')}
          value={zone}
          onChange={setZone}
          data={Intl.supportedValuesOf('timeZone').filter((one) => one.startsWith('America/'))}
          limit={20}
          required
          {...at('zone')}
        />
        <TextInput
          label={t('emr.set-up.name')}
          autoComplete="name"
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          required
          {...at('displayName')}
        />
        <TextInput
          label={t('emr.sign-in.user')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          required
          {...at('username')}
        />
        <PasswordInput
          label={t('emr.set-up.password')}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          minLength={12}
          required
          visibilityToggleButtonProps={{ 'aria-label': t('frame.sign-in.show-password'), tabIndex: 0 }}
          {...at('password')}
        />
        <div className="row">
          <Button type="submit" variant="filled" disabled={setUp.isPending}>
            {t(setUp.isPending ? 'emr.set-up.working' : 'emr.set-up.act')}
          </Button>
        </div>
      </form>
    </Page>
  );
}
