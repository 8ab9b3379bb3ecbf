import { formatDate, formatTime } from '../../language/dates.ts';
import { format, type Language } from '../../language/messages.ts';
import { localDateTime } from '../../platform/zones.ts';
import type { Placeholder, RuleFields } from '../contract/reminders.ts';

export interface ReminderFacts {
  readonly language: Language;
  readonly given: string;
  readonly family: string;
  readonly startAt: Date;
  readonly officeZone: string;
  readonly officeName: string;
  readonly providerDisplay: string;
  readonly clinicName: string;
  /** Where the patient answers; undefined: he cannot, and the line that names it is left out. */
  readonly linkUrl: string | undefined;
  readonly unsubscribeUrl: string;
  /** Of the same patient on the same day. */
  readonly others: readonly Pick<ReminderFacts, 'startAt' | 'officeZone' | 'officeName' | 'providerDisplay'>[];
}

/** Subject and text of a reminder. Placeholders are filled once: what a name looks like is never read as one. */
export function composeReminder(
  rule: Pick<RuleFields, 'subjectEn' | 'textEn' | 'subjectFr' | 'textFr'>,
  facts: ReminderFacts,
): { readonly subject: string; readonly text: string } {
  const { language } = facts;
  const { date, time } = localDateTime(facts.officeZone, facts.startAt);
  const values: Readonly<Record<Placeholder, string>> = {
    given: facts.given,
    family: facts.family,
    day: formatDate(language, date, 'long'),
    time: formatTime(language, time),
    provider: facts.providerDisplay,
    office: facts.officeName,
    clinic: facts.clinicName,
    link: facts.linkUrl ?? '',
  };
  const fill = (text: string) =>
    text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? values[name as Placeholder] : whole,
    );
  const [subject, template] = language === 'fr' ? [rule.subjectFr, rule.textFr] : [rule.subjectEn, rule.textEn];
  const lines = template.replaceAll('\r\n', '\n').split('\n');
  const text = fill(lines.filter((line) => facts.linkUrl !== undefined || !line.includes('{link}')).join('\n'));
  const others = facts.others.map((other) =>
    format(language, 'reminders.mail.also', {
      time: formatTime(language, localDateTime(other.officeZone, other.startAt).time),
      provider: other.providerDisplay,
      office: other.officeName,
    }),
  );
  return {
    subject: fill(subject),
    text: [
      text.trim(),
      ...(others.length === 0 ? [] : ['', ...others]),
      '',
      '--',
      format(language, 'reminders.mail.opt-out', { clinic: facts.clinicName, url: facts.unsubscribeUrl }),
      '',
    ].join('\n'),
  };
}
