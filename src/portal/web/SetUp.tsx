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

/** The first site and its first Site Admin, who is then signed in. */
export function SetUp({ onDone }: { onDone: () => void }) {
  const t = useT();
  const acts = useSessionActs();
  const [siteId, setSiteId] = useState<number | string>('');
  const [siteName, setSiteName] = useState('');
  const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [phone, setPhone] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const setUp = useMutation({
    mutationFn: async (body: SetUpRequest) => {
      await api('/api/set-up', { method: 'POST', body });
      await acts.signIn({ email: body.email, password: body.password });
    },
    onSuccess: onDone,
  });
  const wrong = fieldsIn(setUp.error);
  const at = (field: string) => wrong.has(field) && { error: t('portal.set-up.field') };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setUp.mutate({ siteId: Number(siteId), siteName, zone, phone, displayName, email: email.trim(), password });
  };
  return (
    <Page title={t('portal.set-up.title')} width="narrow">
      <form className="card pad stack g3" onSubmit={submit}>
        <p className="muted">{t('portal.set-up.intro')}</p>
        {setUp.error && <ErrorState problem={setUp.error} />}
        <TextInput
          label={t('portal.set-up.site-name')}
          value={siteName}
          onChange={(event) => setSiteName(event.currentTarget.value)}
          required
          {...at('siteName')}
        />
        <NumberInput
          label={t('portal.set-up.site-id')}
          value={siteId}
          onChange={setSiteId}
          min={1}
          max={999_999}
          allowDecimal={false}
          hideControls
          required
          {...at('siteId')}
        />
        <Autocomplete
          label={t('portal.set-up.zone')}
          value={zone}
          onChange={setZone}
          data={Intl.supportedValuesOf('timeZone').filter((one) => one.startsWith('America/'))}
          limit={20}
          required
          {...at('zone')}
        />
        <TextInput
          label={t('portal.set-up.phone')}
          type="tel"
          autoComplete="off"
          value={phone}
          onChange={(event) => setPhone(event.currentTarget.value)}
          {...at('phone')}
        />
        <TextInput
          label={t('portal.set-up.name')}
          autoComplete="name"
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          required
          {...at('displayName')}
        />
        <TextInput
          label={t('portal.sign-in.email')}
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          required
          {...at('email')}
        />
        <PasswordInput
          label={t('portal.set-up.password')}
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
            {t(setUp.isPending ? 'portal.set-up.working' : 'portal.set-up.act')}
          </Button>
        </div>
      </form>
    </Page>
  );
}
