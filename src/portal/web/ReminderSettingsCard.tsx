import { Button, NumberInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { fieldsIn } from '../../ui/fields-in.ts';
import { useT } from '../../ui/language.tsx';
import type { ReminderSettings } from '../contract/reminders.ts';
import { useSaveSettings } from './reminder-queries.ts';

/** When mails leave, to whom in test mode, and how long the log is kept. */
export function ReminderSettingsCard({
  settings,
  zone,
  mayEdit,
}: {
  settings: ReminderSettings;
  zone: string;
  mayEdit: boolean;
}) {
  const t = useT();
  const [form, setForm] = useState(settings);
  const save = useSaveSettings();
  const wrong = fieldsIn(save.error);
  const set = (change: Partial<ReminderSettings>) => setForm((before) => ({ ...before, ...change }));
  const errorAt = (field: keyof ReminderSettings) => (wrong.has(field) ? t('portal.set-up.field') : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(form);
  };
  return (
    <form className="card" aria-labelledby="reminder-settings" onSubmit={submit} noValidate>
      <header>
        <h2 id="reminder-settings">{t('reminders.settings')}</h2>
      </header>
      <fieldset className="pad stack g3" disabled={!mayEdit} style={{ border: 0, margin: 0, minWidth: 0 }}>
        <div className="settings-times">
          <TextInput
            type="time"
            label={t('reminders.settings.run-at')}
            value={form.runAt}
            error={wrong.has('runAt') ? t('reminders.settings.quiet.means') : undefined}
            onChange={(event) => set({ runAt: event.currentTarget.value })}
          />
          <TextInput
            type="time"
            label={t('reminders.settings.quiet-from')}
            value={form.quietFrom}
            error={errorAt('quietFrom')}
            onChange={(event) => set({ quietFrom: event.currentTarget.value })}
          />
          <TextInput
            type="time"
            label={t('reminders.settings.quiet-to')}
            value={form.quietTo}
            error={errorAt('quietTo')}
            onChange={(event) => set({ quietTo: event.currentTarget.value })}
          />
        </div>
        <p className="small muted">
          {t('reminders.settings.zone', { zone })} {t('reminders.settings.quiet.means')}
        </p>
        <TextInput
          type="email"
          label={t('reminders.settings.test-address')}
          description={t('reminders.settings.test-address.means')}
          value={form.testAddress ?? ''}
          error={errorAt('testAddress')}
          onChange={(event) => set({ testAddress: event.currentTarget.value.trim() || null })}
        />
        <NumberInput
          label={t('reminders.settings.keep-days')}
          value={form.keepDays}
          min={30}
          max={3650}
          error={errorAt('keepDays')}
          onChange={(value) => set({ keepDays: Number(value) })}
        />
        {mayEdit && (
          <div className="row wrap">
            <Button type="submit" loading={save.isPending}>
              {t('reminders.settings.save')}
            </Button>
            <span role="status">{save.isSuccess && t('reminders.settings.saved')}</span>
            {save.error && wrong.size === 0 && (
              <span role="alert" className="t-red">
                {save.error.message}
              </span>
            )}
          </div>
        )}
      </fieldset>
    </form>
  );
}
