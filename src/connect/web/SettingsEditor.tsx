import { Button, Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useT } from '../../ui/language.tsx';
import type { ConnectionTest, Settings, SettingsRequest } from '../contract/settings.ts';
import { FeaturePicker } from './FeaturePicker.tsx';
import { ProviderPicker } from './ProviderPicker.tsx';
import {
  check,
  type FieldMessages,
  fieldMessagesOf,
  formOf,
  intervalBounds,
  isSameForm,
  type SettingsForm,
  windowBounds,
} from './settings-form.ts';
import { settingsKey, syncStatusKey } from './sync-queries.ts';

/** Where a person can put right what the EMR's answer, or its silence, says. */
const fieldAtFault: Readonly<Partial<Record<NonNullable<ConnectionTest['failed']>, 'baseUrl' | 'clientSecret'>>> = {
  address: 'baseUrl',
  tls: 'baseUrl',
  token: 'clientSecret',
};

export function SettingsEditor({
  settings: first,
  etag: firstEtag,
  reading,
  onReadAgain,
}: {
  settings: Settings;
  etag: string;
  reading: boolean;
  onReadAgain: () => void;
}) {
  const t = useT();
  const queries = useQueryClient();
  const [base, setBase] = useState({ settings: first, etag: firstEtag });
  const { settings } = base;
  const [form, setForm] = useState<SettingsForm>(() => formOf(first));
  const [messages, setMessages] = useState<FieldMessages>({});
  const dirty = !isSameForm(form, formOf(settings));
  const blocker = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });

  const save = useMutation({
    mutationFn: (body: SettingsRequest) => api<Settings>('/api/settings', { method: 'PUT', body, ifMatch: base.etag }),
    onSuccess: (saved) => {
      setBase({ settings: saved, etag: `"${saved.settingsVersion}"` });
      setForm(formOf(saved));
      queries.setQueryData(settingsKey, saved);
      void queries.invalidateQueries({ queryKey: syncStatusKey });
    },
    onError: (problem) => setMessages(fieldMessagesOf(problem)),
  });
  const test = useMutation({
    mutationFn: (body: SettingsRequest) => api<ConnectionTest>('/api/settings/test', { method: 'POST', body }),
    onSuccess: ({ failed }) => {
      if (failed && fieldAtFault[failed]) document.getElementById(`settings-${fieldAtFault[failed]}`)?.focus();
    },
    onError: (problem) => setMessages(fieldMessagesOf(problem)),
  });

  const set = <K extends keyof SettingsForm>(field: K, value: SettingsForm[K]) => {
    setForm((before) => ({ ...before, [field]: value }));
    setMessages(({ [field]: _, ...others }) => others as FieldMessages);
    save.reset();
    test.reset();
  };
  const errorAt = (field: keyof SettingsForm) => {
    const message = messages[field];
    if (message) return t(message.key, message.params);
    const failed = test.data?.failed;
    const atFault = failed ? fieldAtFault[failed] : undefined;
    return atFault === field ? test.data?.text : undefined;
  };
  const withRequest = (act: (request: SettingsRequest) => void) => {
    const checked = check(form);
    setMessages(checked.messages);
    if (checked.request) return act(checked.request);
    const [field] = Object.keys(checked.messages);
    document.getElementById(`settings-${field}`)?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    withRequest((request) => save.mutate(request));
  };
  const conflict = save.error instanceof ApiProblem && save.error.status === 412;
  // A refusal that is said at its field is not said a second time.
  const unsaid = (problem: unknown) => problem != null && Object.keys(fieldMessagesOf(problem)).length === 0;

  return (
    <form className="stack g3" onSubmit={submit} noValidate>
      <section className="card" aria-labelledby="settings-emr">
        <header>
          <h2 id="settings-emr">{t('connect.settings.emr')}</h2>
        </header>
        <div className="pad stack g3">
          <TextInput
            id="settings-name"
            label={t('connect.settings.name')}
            value={form.name}
            onChange={(event) => set('name', event.currentTarget.value)}
            error={errorAt('name')}
          />
          <TextInput
            id="settings-baseUrl"
            type="url"
            label={t('connect.settings.base-url')}
            description={t('connect.settings.base-url.from')}
            value={form.baseUrl}
            onChange={(event) => set('baseUrl', event.currentTarget.value)}
            error={errorAt('baseUrl')}
            spellCheck={false}
          />
          <TextInput
            id="settings-clientId"
            label={t('connect.settings.client-id')}
            value={form.clientId}
            onChange={(event) => set('clientId', event.currentTarget.value)}
            error={errorAt('clientId')}
            spellCheck={false}
            autoComplete="off"
          />
          <PasswordInput
            id="settings-clientSecret"
            label={t('connect.settings.client-secret')}
            description={t(
              settings.hasSecret ? 'connect.settings.client-secret.kept' : 'connect.settings.client-secret.once',
            )}
            value={form.clientSecret}
            onChange={(event) => set('clientSecret', event.currentTarget.value)}
            error={errorAt('clientSecret')}
            // Mantine marks every other field by itself.
            aria-invalid={errorAt('clientSecret') !== undefined}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('connect.settings.client-secret.show'), tabIndex: 0 }}
          />
          <div className="row wrap">
            <Button
              leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />}
              disabled={test.isPending}
              onClick={() => withRequest((request) => test.mutate(request))}
            >
              {t(test.isPending ? 'connect.settings.testing' : 'connect.settings.test')}
            </Button>
          </div>
          {unsaid(test.error) && <ErrorState problem={test.error} />}
          {test.data && (
            <Banner tone={test.data.ok ? 'green' : 'red'} announce={test.data.ok ? 'status' : 'alert'}>
              {test.data.failed !== null && (
                <p>
                  <strong>{t(`connect.settings.failed.${test.data.failed}`)}</strong>
                </p>
              )}
              <p>
                {test.data.failed !== null && fieldAtFault[test.data.failed]
                  ? t('connect.settings.failed.at-field')
                  : test.data.text}
              </p>
            </Banner>
          )}
        </div>
      </section>

      <ProviderPicker
        providers={settings.providers}
        rosterProblem={settings.rosterProblem}
        connected={settings.connectionId !== null}
        selected={form.selectedProviderIds}
        error={errorAt('selectedProviderIds')}
        onChange={(ids) => set('selectedProviderIds', ids)}
      />

      <section className="card" aria-labelledby="settings-when">
        <header>
          <h2 id="settings-when">{t('connect.settings.when')}</h2>
        </header>
        <div className="pad stack g3">
          <NumberInput
            id="settings-windowDays"
            label={t('connect.settings.days')}
            description={t('connect.settings.days.means', windowBounds)}
            value={form.windowDays}
            onChange={(value) => set('windowDays', value)}
            error={errorAt('windowDays')}
            allowDecimal={false}
            w={240}
            hideControls
          />
          <NumberInput
            id="settings-intervalMinutes"
            label={t('connect.settings.interval')}
            description={t('connect.settings.interval.means', intervalBounds)}
            value={form.intervalMinutes}
            onChange={(value) => set('intervalMinutes', value)}
            error={errorAt('intervalMinutes')}
            allowDecimal={false}
            w={240}
            hideControls
          />
          <Checkbox
            label={t('connect.settings.new-providers')}
            description={t('connect.settings.new-providers.means')}
            checked={form.selectNewProviders}
            onChange={(event) => set('selectNewProviders', event.currentTarget.checked)}
          />
          <Checkbox
            label={t('connect.settings.absence')}
            description={t('connect.settings.absence.means')}
            checked={form.absenceIsDeletion}
            onChange={(event) => set('absenceIsDeletion', event.currentTarget.checked)}
          />
          <TextInput
            id="settings-testBookingId"
            label={t('connect.settings.test-booking')}
            description={t('connect.settings.test-booking.means')}
            value={form.testBookingId}
            onChange={(event) => set('testBookingId', event.currentTarget.value)}
            error={errorAt('testBookingId')}
            maxLength={64}
            w={240}
          />
        </div>
      </section>

      <FeaturePicker
        chosen={form.features}
        error={errorAt('features')}
        onChange={(features) => set('features', features)}
      />

      {conflict ? (
        <Banner
          tone="amber"
          announce="alert"
          actions={
            <Button disabled={reading} onClick={onReadAgain}>
              {t('connect.settings.read-again')}
            </Button>
          }
        >
          {t('connect.settings.conflict')}
        </Banner>
      ) : (
        unsaid(save.error) && <ErrorState problem={save.error} />
      )}
      {save.isSuccess && !dirty && (
        <Banner tone="green" announce="status">
          {t('connect.settings.saved')}
        </Banner>
      )}
      <div className={dirty ? 'row wrap connect-save' : 'row wrap'}>
        <Button type="submit" variant="filled" disabled={save.isPending || !dirty}>
          {t(save.isPending ? 'connect.settings.saving' : 'connect.settings.save')}
        </Button>
        <Button disabled={!dirty || save.isPending} onClick={() => setForm(formOf(settings))}>
          {t('connect.settings.discard')}
        </Button>
        <span className="s13 muted">{dirty ? t('connect.settings.unsaved') : ''}</span>
      </div>

      <ConfirmDialog
        opened={blocker.status === 'blocked'}
        title={t('connect.settings.leave')}
        confirmLabel={t('connect.settings.leave.yes')}
        cancelLabel={t('connect.settings.leave.no')}
        danger
        onConfirm={() => blocker.proceed?.()}
        onCancel={() => blocker.reset?.()}
      >
        {t('connect.settings.leave.means')}
      </ConfirmDialog>
    </form>
  );
}
