// What the public pages share that people without an account see: one frame, one form, one question for the birth date. Without script, and
// small.
import { formatDate } from '../../language/dates.ts';
import { format, type Language, type MessageKey, type MessageParams } from '../../language/messages.ts';
import { Html, html } from '../../platform/http/html.ts';
import { type FormStep, makeFormToken } from './form-token.ts';
import { pageStyle } from './page-style.ts';

/** left: tries after a wrong answer. */
export type IdentifyNotice = null | 'missing' | 'stale' | { readonly left: number };

export type Say = (key: MessageKey, params?: MessageParams) => string;

interface Drawn {
  readonly language: Language;
  /** Of the tab; never anything of what the page is about. */
  readonly title: string;
  readonly clinic: string | null;
  readonly body: Html;
}

export function wholePage({ language, title, clinic, body }: Drawn): string {
  const other = language === 'en' ? 'fr' : 'en';
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow"><meta name="referrer" content="no-referrer"><title>${title}</title><style>${new Html(pageStyle)}</style></head>
<body><header><div><span>${clinic ?? ''}</span><a href="?lang=${other}" lang="${other}" hreflang="${other}">${format(language, 'link.other-language')}</a></div></header><main>${body}</main></body></html>`
    .text;
}

export const callLink = (say: Say, phone: string | null, primary = false): Html | null =>
  phone === null
    ? null
    : html`<a class="button${primary ? ' primary' : ''}" href="tel:${phone.replaceAll(/[^\d+]/g, '')}">${say('link.call', { phone })}</a>`;

export const questions = (say: Say, phone: string | null): Html =>
  html`<p class="foot">${phone === null ? say('link.questions') : say('link.questions.phone', { phone })}</p>`;

export interface FormGround {
  readonly language: Language;
  /** Signs what the form carries. */
  readonly formKey: Buffer;
  readonly now: Date;
}

/** A form of the page; its action is the page itself, and its language stays. */
export const pageForm = (
  { language, formKey, now }: FormGround,
  step: FormStep,
  body: Html,
  { files = false }: { readonly files?: boolean } = {},
): Html =>
  html`<form method="post" action="?lang=${language}"${files && new Html(' enctype="multipart/form-data"')}><input type="hidden" name="f" value="${makeFormToken(formKey, step, now)}">${body}</form>`;

export const button = (act: string, label: string, kind = ''): Html =>
  html`<button class="button ${kind}" name="do" value="${act}">${label}</button>`;

const months = Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(2, '0'));
const monthName = (language: Language, month: string): string =>
  formatDate(language, `2026-${month}-02`, 'long').split(' ').at(-2)!;

export const birthDateFields = (say: Say, language: Language): Html =>
  html`<fieldset><legend>${say('link.birth-date')}</legend><p class="foot">${say('link.birth-date.why')}</p><div class="dob"><div><label for="d">${say('link.day')}</label><input id="d" name="day" inputmode="numeric" maxlength="2" autocomplete="bday-day" required></div><div><label for="m">${say('link.month')}</label><select id="m" name="month" autocomplete="bday-month" required><option value=""></option>${months.map((month) => html`<option value="${month}">${monthName(language, month)}</option>`)}</select></div><div><label for="y">${say('link.year')}</label><input id="y" name="year" inputmode="numeric" maxlength="4" autocomplete="bday-year" required></div></div></fieldset>`;

/** What was not right the last time; null: nothing was asked yet. */
export function noticeWords(
  say: Say,
  notice: IdentifyNotice,
  asked: 'birth-date' | 'code' = 'birth-date',
): Html | null {
  if (notice === null) return null;
  const ofBirthDate = asked === 'birth-date';
  const words =
    typeof notice === 'object'
      ? say(ofBirthDate ? 'link.birth-date.wrong' : 'messages.code.wrong', { left: notice.left })
      : notice === 'missing'
        ? say(ofBirthDate ? 'link.birth-date.missing' : 'messages.code.missing')
        : say('link.stale');
  return html`<p class="say red" role="alert">${words}</p>`;
}

export const nowherePage = (language: Language, title: string): string =>
  wholePage({
    language,
    title,
    clinic: null,
    body: html`<h1>${format(language, 'link.nowhere.title')}</h1><div class="card"><p>${format(language, 'link.nowhere.text')}</p></div>`,
  });

/** What went wrong, in a sentence of the catalogue. */
export const troublePage = (language: Language, sentence: string): string =>
  wholePage({
    language,
    title: format(language, 'link.title'),
    clinic: null,
    body: html`<h1>${format(language, 'link.trouble.title')}</h1><div class="card"><p role="alert">${sentence}</p><p>${format(language, 'link.trouble.text')}</p></div>`,
  });
