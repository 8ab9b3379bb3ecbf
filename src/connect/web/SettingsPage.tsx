import { Button, Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, api } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import type { ConnectionTest, Settings, SettingsRequest } from '../contract/settings.ts';

export function SettingsPage() {
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: () => api<Settings>('/api/settings'),
    refetchOnWindowFocus: false,
  });
  if (settings.isPending) return <LoadingBlock />;
  if (settings.isError) return <ErrorState problem={settings.error} onRetry={() => void settings.refetch()} />;
  return <SettingsForm key={settings.data.settingsVersion} settings={settings.data} />;
}

const fieldsOf = (problem: unknown): ReadonlySet<string> => {
  const fields = problem instanceof ApiProblem ? problem.extra['fields'] : undefined;
  return new Set(Array.isArray(fields) ? fields.map((field: { path: string }) => field.path) : []);
};

function SettingsForm({ settings }: { settings: Settings }) {
  const t = useT();
  const queries = useQueryClient();
  const [name, setName] = useState(settings.name || 'connection');
  const [baseUrl, setBaseUrl] = useState(settings.baseUrl);
  const [clientId, setClientId] = useState(settings.clientId);
  const [clientSecret, setSecret] = useState('');
  const [windowDays, setDays] = useState<string | number>(settings.windowDays);
  const [intervalMinutes, setInterval] = useState<string | number>(settings.intervalMinutes);
  const [selected, setSelected] = useState<readonly string[]>(
    settings.providers.filter((one) => one.selected).map((one) => one.providerId),
  );
  const body = (): SettingsRequest => ({
    name,
    baseUrl,
    clientId,
    ...(clientSecret ? { clientSecret } : {}),
    windowDays: Number(windowDays),
    intervalMinutes: Number(intervalMinutes),
    features: [...settings.features],
    selectedProviderIds: [...selected],
  });
  const save = useMutation({
    mutationFn: () => api('/api/settings', { method: 'PUT', body: body(), ifMatch: `"${settings.settingsVersion}"` }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const test = useMutation({
    mutationFn: () => api<ConnectionTest>('/api/settings/test', { method: 'POST', body: body() }),
  });
  const wrong = fieldsOf(save.error ?? test.error);
  return (
    <Page title={t('connect.settings')} width="narrow">
      <form
        className="stack g3"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={t('connect.settings.name')}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t('connect.settings.base-url')}
          required
          value={baseUrl}
          error={wrong.has('baseUrl') && t('connect.settings.base-url-wrong')}
          onChange={(event) => setBaseUrl(event.currentTarget.value)}
        />
        <TextInput
          label={t('connect.settings.client-id')}
          required
          value={clientId}
          onChange={(event) => setClientId(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('connect.settings.secret')}
          description={settings.hasSecret ? t('connect.settings.secret-kept') : undefined}
          value={clientSecret}
          error={wrong.has('clientSecret') && t('connect.settings.secret-needed')}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        <NumberInput
          label={t('connect.settings.days')}
          value={windowDays}
          error={wrong.has('windowDays') && t('connect.settings.days-wrong')}
          onChange={setDays}
        />
        <NumberInput
          label={t('connect.settings.interval')}
          value={intervalMinutes}
          error={wrong.has('intervalMinutes') && t('connect.settings.interval-wrong')}
          onChange={setInterval}
        />
        <fieldset>
          <legend>{t('connect.settings.providers')}</legend>
          {settings.rosterProblem && <Banner tone="red">{settings.rosterProblem}</Banner>}
          {settings.providers.length === 0 && <p className="muted">{t('connect.settings.no-providers')}</p>}
          {settings.providers.map((one) => (
            <Checkbox
              key={one.providerId}
              label={`${one.display} (${one.offices.join(', ')})`}
              description={one.visible ? undefined : t('connect.settings.not-visible')}
              checked={selected.includes(one.providerId)}
              onChange={(event) =>
                setSelected(
                  event.currentTarget.checked
                    ? [...selected, one.providerId]
                    : selected.filter((id) => id !== one.providerId),
                )
              }
            />
          ))}
        </fieldset>
        {save.isError && <ErrorState problem={save.error} />}
        {save.isSuccess && <p role="status">{t('connect.settings.saved')}</p>}
        {test.data && (
          <Banner tone={test.data.ok ? 'green' : 'red'} announce="status">
            {test.data.text}
          </Banner>
        )}
        <div className="row wrap">
          <Button type="submit" variant="filled" loading={save.isPending}>
            {t('connect.settings.save')}
          </Button>
          <Button loading={test.isPending} onClick={() => test.mutate()}>
            {t('connect.settings.test')}
          </Button>
        </div>
      </form>
    </Page>
  );
}
