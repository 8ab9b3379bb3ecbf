import {
  Button,
  Checkbox,
  MultiSelect,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { type FormEvent, useRef, useState } from 'react';
import { format, type Language, languages } from '../../language/messages.ts';
import { ApiProblem } from '../../ui/api.ts';
import { fieldsIn } from '../../ui/fields-in.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import { placeholders, type ReminderRule, type Reminders, type RuleFields } from '../contract/reminders.ts';
import { usePreview } from './reminder-queries.ts';

/** Each placeholder as itself: the templates of a new rule are messages of the catalogue. */
const themselves = Object.fromEntries(placeholders.map((name) => [name, `{${name}}`]));

const newRule = (language: Language): RuleFields => ({
  name: format(language, 'reminders.default.name'),
  days: 3,
  providerIds: [],
  typeTexts: [],
  typesExcluded: false,
  confirmation: true,
  cancellation: true,
  cancelNoticeMinutes: 1440,
  calendar: true,
  alsoConfirmed: false,
  subjectEn: format('en', 'reminders.default.subject', themselves),
  textEn: format('en', 'reminders.default.text', themselves),
  subjectFr: format('fr', 'reminders.default.subject', themselves),
  textFr: format('fr', 'reminders.default.text', themselves),
});

function fieldsOf(rule: ReminderRule): RuleFields {
  const { ruleId: _, enabled: __, version: ___, ...fields } = rule;
  return fields;
}

const inLanguage = {
  en: { subject: 'subjectEn', text: 'textEn' },
  fr: { subject: 'subjectFr', text: 'textFr' },
} as const;

export function ReminderRuleForm({
  rule,
  reminders,
  problem,
  busy,
  onSave,
}: {
  /** undefined: a new one. */
  rule: ReminderRule | undefined;
  reminders: Reminders;
  problem: Error | null;
  busy: boolean;
  onSave: (fields: RuleFields) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const [form, setForm] = useState<RuleFields>(() => (rule ? fieldsOf(rule) : newRule(language)));
  const [written, setWritten] = useState<Language>(language);
  const preview = usePreview();
  const textArea = useRef<HTMLTextAreaElement>(null);
  const set = (change: Partial<RuleFields>) => {
    setForm((before) => ({ ...before, ...change }));
    preview.reset();
  };
  const { subject, text } = inLanguage[written];
  const wrong = fieldsIn(problem ?? preview.error);
  const isWrong = (field: keyof RuleFields) => wrong.has(`rule.${field}`);
  const unsaid = problem && !(problem instanceof ApiProblem && wrong.size > 0);
  // What is wrong may stand under the other language's tab.
  const other: Language = written === 'en' ? 'fr' : 'en';
  const otherWrong = isWrong(inLanguage[other].subject) || isWrong(inLanguage[other].text);

  const insert = (name: string) => {
    const at = textArea.current?.selectionStart ?? form[text].length;
    set({ [text]: `${form[text].slice(0, at)}{${name}}${form[text].slice(at)}` });
    textArea.current?.focus();
  };
  const direction = form.days === 0 ? 'same' : form.days > 0 ? 'before' : 'after';
  const setDays = (days: number, way: string) => {
    const size = Math.abs(days) || 1;
    set({ days: way === 'same' ? 0 : way === 'before' ? size : -size });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave(form);
  };

  return (
    <form className="card" onSubmit={submit} noValidate aria-label={t('reminders.title')}>
      <fieldset className="pad stack g3" disabled={!reminders.mayEdit} style={{ border: 0, margin: 0, minWidth: 0 }}>
        <TextInput
          label={t('reminders.name')}
          value={form.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={isWrong('name') ? t('reminders.field.name') : undefined}
        />
        <div className="rule-days">
          <NumberInput
            label={t('reminders.days')}
            min={direction === 'same' ? 0 : 1}
            max={60}
            disabled={direction === 'same'}
            value={Math.abs(form.days)}
            onChange={(value) => setDays(Number(value), direction)}
          />
          <NativeSelect
            label={t('reminders.direction')}
            value={direction}
            onChange={(event) => setDays(form.days, event.currentTarget.value)}
            data={(['before', 'same', 'after'] as const).map((value) => ({
              value,
              label: t(`reminders.direction.${value}`),
            }))}
          />
        </div>
        {isWrong('days') && (
          <p className="small t-red" role="alert">
            {t('reminders.field.days')}
          </p>
        )}
        <MultiSelect
          label={t('reminders.providers')}
          {...(form.providerIds.length === 0 && { placeholder: t('reminders.providers.all') })}
          data={reminders.providers.map(({ providerId, display }) => ({ value: providerId, label: display }))}
          value={form.providerIds}
          onChange={(providerIds) => set({ providerIds })}
        />
        <MultiSelect
          label={t('reminders.types')}
          {...(form.typeTexts.length === 0 && { placeholder: t('reminders.types.all') })}
          data={[...new Set([...reminders.types, ...form.typeTexts])]}
          value={form.typeTexts}
          onChange={(typeTexts) => set({ typeTexts, typesExcluded: typeTexts.length > 0 && form.typesExcluded })}
        />
        {form.typeTexts.length > 0 && (
          <Checkbox
            label={t('reminders.types.excluded')}
            checked={form.typesExcluded}
            onChange={(event) => set({ typesExcluded: event.currentTarget.checked })}
          />
        )}
        <div className="row wrap">
          <h2 className="grow">{t('reminders.mail.title')}</h2>
          <SegmentedControl
            aria-label={t('reminders.language')}
            value={written}
            onChange={(value) => {
              setWritten(value as Language);
              preview.reset();
            }}
            data={languages.map((value) => ({ value, label: t(`reminders.language.${value}`) }))}
          />
        </div>
        {otherWrong && (
          <p className="small t-red" role="alert">
            {t(`reminders.language.${other}`)}: {t('portal.set-up.field')}
          </p>
        )}
        <TextInput
          label={t('reminders.subject')}
          lang={written}
          value={form[subject]}
          onChange={(event) => set({ [subject]: event.currentTarget.value })}
          error={isWrong(subject) ? t('reminders.field.subject') : undefined}
        />
        <Textarea
          ref={textArea}
          label={t('reminders.text')}
          lang={written}
          autosize
          minRows={6}
          value={form[text]}
          onChange={(event) => set({ [text]: event.currentTarget.value })}
          error={isWrong(text) ? t('reminders.field.text') : undefined}
        />
        <div className="row wrap">
          <span className="small muted">{t('reminders.insert')}</span>
          {placeholders.map((name) => (
            <Button key={name} size="compact-xs" onClick={() => insert(name)}>
              {t(`reminders.placeholder.${name}`)}
            </Button>
          ))}
        </div>
        <Checkbox
          label={t('reminders.confirmation')}
          description={t('reminders.confirmation.means')}
          checked={form.confirmation}
          onChange={(event) => set({ confirmation: event.currentTarget.checked })}
        />
        <Checkbox
          label={t('reminders.cancellation')}
          checked={form.cancellation}
          onChange={(event) => set({ cancellation: event.currentTarget.checked })}
        />
        {form.cancellation && (
          <NumberInput
            label={t('reminders.cancel-notice')}
            min={0}
            max={720}
            value={form.cancelNoticeMinutes / 60}
            error={isWrong('cancelNoticeMinutes') ? t('reminders.field.notice') : undefined}
            onChange={(value) => set({ cancelNoticeMinutes: Math.round(Number(value) * 60) })}
          />
        )}
        <Checkbox
          label={t('reminders.calendar')}
          description={t('reminders.calendar.means')}
          checked={form.calendar}
          onChange={(event) => set({ calendar: event.currentTarget.checked })}
        />
        <Checkbox
          label={t('reminders.also-confirmed')}
          checked={form.alsoConfirmed}
          onChange={(event) => set({ alsoConfirmed: event.currentTarget.checked })}
        />
      </fieldset>
      <div className="pad stack g3">
        {unsaid && (
          <p role="alert" className="t-red">
            {problem.message}
          </p>
        )}
        <div className="row wrap">
          <Button
            leftSection={<IconEye size={16} stroke={1.75} aria-hidden />}
            loading={preview.isPending}
            onClick={() => preview.mutate({ rule: form, language: written })}
          >
            {t('reminders.preview')}
          </Button>
          {reminders.mayEdit && (
            <Button type="submit" variant="filled" loading={busy}>
              {t('reminders.save-and-test')}
            </Button>
          )}
        </div>
        {preview.data && (
          <section className="stack g1" aria-label={t('reminders.preview')} role="status">
            <p className="small muted">{t('reminders.preview.of', { language: t(`reminders.language.${written}`) })}</p>
            <b lang={written}>{preview.data.subject}</b>
            <p className="mail-preview" lang={written}>
              {preview.data.text}
            </p>
          </section>
        )}
      </div>
    </form>
  );
}
