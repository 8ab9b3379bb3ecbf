import { IntlMessageFormat } from 'intl-messageformat';
import { auditMessages } from './catalogue/audit.ts';
import { certificateMessages } from './catalogue/certificate.ts';
import { chartMessages } from './catalogue/chart.ts';
import { chartPageMessages } from './catalogue/chart-page.ts';
import { cliMessages } from './catalogue/cli.ts';
import { connectMessages } from './catalogue/connect.ts';
import { doctorMessages } from './catalogue/doctor.ts';
import { emrMessages } from './catalogue/emr.ts';
import { fhirMessages } from './catalogue/fhir.ts';
import { fixMessages } from './catalogue/fix.ts';
import { frameMessages } from './catalogue/frame.ts';
import { helpMessages } from './catalogue/help.ts';
import { importMessages } from './catalogue/import.ts';
import { integrationMessages } from './catalogue/integrations.ts';
import { linkMessages } from './catalogue/link.ts';
import { mailMessages } from './catalogue/mail.ts';
import { threadMessages } from './catalogue/messages.ts';
import { noticeMessages } from './catalogue/notice.ts';
import { portalMessages } from './catalogue/portal.ts';
import { privilegeMessages } from './catalogue/privilege.ts';
import { problemMessages } from './catalogue/problem.ts';
import { reminderMessages } from './catalogue/reminders.ts';
import { schedulerMessages } from './catalogue/scheduler.ts';
import { secondFactorMessages } from './catalogue/second-factor.ts';
import { securityMessages } from './catalogue/security.ts';
import { staffTaskMessages } from './catalogue/staff-task.ts';
import { syncMessages } from './catalogue/sync.ts';
import { userMessages } from './catalogue/users.ts';
import { writeBackMessages } from './catalogue/write-back.ts';

export const languages = ['en', 'fr'] as const;
export type Language = (typeof languages)[number];

const inLanguage = <L extends Language>(language: L) => ({
  ...frameMessages[language],
  ...problemMessages[language],
  ...helpMessages[language],
  ...emrMessages[language],
  ...auditMessages[language],
  ...securityMessages[language],
  ...secondFactorMessages[language],
  ...certificateMessages[language],
  ...chartMessages[language],
  ...chartPageMessages[language],
  ...schedulerMessages[language],
  ...fhirMessages[language],
  ...connectMessages[language],
  ...doctorMessages[language],
  ...fixMessages[language],
  ...noticeMessages[language],
  ...portalMessages[language],
  ...privilegeMessages[language],
  ...cliMessages[language],
  ...syncMessages[language],
  ...importMessages[language],
  ...integrationMessages[language],
  ...writeBackMessages[language],
  ...linkMessages[language],
  ...mailMessages[language],
  ...staffTaskMessages[language],
  ...reminderMessages[language],
  ...threadMessages[language],
  ...userMessages[language],
});

export const catalogue = { en: inLanguage('en'), fr: inLanguage('fr') };

export type MessageKey = keyof (typeof catalogue)['en'];
export type MessageParams = Readonly<Record<string, string | number>>;

/** The locale whose number and plural rules a language uses: the product is made for Canadian clinics. */
export const localeOf: Readonly<Record<Language, string>> = { en: 'en-CA', fr: 'fr-CA' };

/** True for a key of the catalogue: for text that comes from outside, such as a stored reason. */
export const isMessageKey = (text: string): text is MessageKey => Object.hasOwn(catalogue.en, text);

/** The word for a code that is stored, by `t`; one that came later than the catalogue is shown as it is. */
export const wordOr = (t: (key: MessageKey) => string, key: string, code: string): string =>
  isMessageKey(key) ? t(key) : code;

const parsed: Record<Language, Map<MessageKey, IntlMessageFormat>> = { en: new Map(), fr: new Map() };

/** An ICU message in which `<b>`, `<i>` and `<a>` are marks. A text without them may write `<file>` as it is. */
export const parseMessage = (text: string, locale: string): IntlMessageFormat =>
  new IntlMessageFormat(text, locale, undefined, { ignoreTag: !/<[bia]>/.test(text) });

function parsedMessage(language: Language, key: MessageKey): IntlMessageFormat {
  let message = parsed[language].get(key);
  if (!message) {
    message = parseMessage(catalogue[language][key], localeOf[language]);
    parsed[language].set(key, message);
  }
  return message;
}

const plain = (words: readonly unknown[]): string => words.join('');
const plainMarks = { b: plain, i: plain, a: plain };

/**
 * The message in the language, its ICU placeholders filled, its marks (`<b>`, `<i>`, `<a>`) left out.
 *
 * It never throws: error sentences pass through here, and an error must not die of a missing parameter. A message whose
 * parameters do not fit is shown as it is written; `scripts/catalogue.ts` finds such calls before a person does.
 */
export function format(language: Language, key: MessageKey, params?: MessageParams): string {
  const text: string = catalogue[language][key] ?? key;
  if (!/[{<]/.test(text)) return text;
  try {
    return String(parsedMessage(language, key).format({ ...params, ...plainMarks }));
  } catch {
    return text;
  }
}

/** Like `format`, for a screen: the marks become what `marks` makes of their words. The parts come in reading order. */
export function formatRich<Part>(
  language: Language,
  key: MessageKey,
  params: MessageParams | undefined,
  marks: Readonly<Record<'b' | 'i' | 'a', (words: (Part | string)[]) => Part>>,
): (Part | string)[] {
  try {
    const parts = parsedMessage(language, key).format<Part>({ ...params, ...marks } as never);
    return (Array.isArray(parts) ? parts : [parts]) as (Part | string)[];
  } catch {
    return [format(language, key, params)];
  }
}

/** The first of our languages in an Accept-Language header, by its weights; English when none is named. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((entry) => {
      const [tag = '', ...rest] = entry.trim().toLowerCase().split(';');
      const weight = rest.map((one) => one.trim()).find((one) => one.startsWith('q='));
      return { language: tag.split('-')[0], weight: weight ? Number(weight.slice(2)) : 1 };
    })
    .filter((one) => one.weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return languages.find((language) => language === wanted.find((one) => isLanguage(one.language))?.language) ?? 'en';
}

export const isLanguage = (text: unknown): text is Language => languages.some((language) => language === text);
