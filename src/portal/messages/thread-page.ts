// The page of a message: for whoever was written to, on a phone, without script. 10 kB at most: of a long thread the last messages.
import { formatDate, formatTime } from '../../language/dates.ts';
import { format, type Language } from '../../language/messages.ts';
import { type Html, html } from '../../platform/http/html.ts';
import { localDateTime } from '../../platform/zones.ts';
import {
  birthDateFields,
  button,
  callLink,
  type FormGround,
  type IdentifyNotice,
  noticeWords,
  nowherePage,
  pageForm,
  questions,
  type Say,
  wholePage,
} from '../public-page/whole-page.ts';
import type { MessageRow, ThreadLinkRow, ThreadRow } from './messages.sql.ts';

export interface OpenThread {
  readonly link: ThreadLinkRow;
  readonly thread: ThreadRow;
}

/** What a request has come to. */
export type ThreadReply =
  | { readonly page: 'nowhere' }
  | ({ readonly page: 'locked' } & OpenThread)
  | ({ readonly page: 'identify'; readonly notice: IdentifyNotice } & OpenThread)
  | ({
      readonly page: 'thread';
      readonly messages: readonly MessageRow[];
      /** Messages after the last that is shown. */
      readonly skip: number;
      readonly said: ThreadNotice;
      /** What is written and was not taken. */
      readonly draft: string;
      /** Of the reply that the page asks for. */
      readonly pressId: string;
    } & OpenThread);

/** sent: it was. words: it was not, and why. */
export type ThreadNotice = null | 'sent' | { readonly words: string };

interface Ground extends FormGround {
  readonly say: Say;
  readonly reply: Exclude<ThreadReply, { page: 'nowhere' }>;
}

/** Of the messages of a page; the frame, the style and the forms have the rest. */
const messagesBudget = 3_000;

function identify(ground: Ground, notice: IdentifyNotice): Html {
  const { say, language, reply } = ground;
  const { thread, link } = reply;
  const isPatient = thread.kind === 'patient';
  const asked = isPatient
    ? birthDateFields(say, language)
    : html`<fieldset><legend>${say('messages.code')}</legend><p class="foot">${say('messages.code.why')}</p><label for="c">${say('messages.code.label')}</label><input id="c" name="code" inputmode="numeric" maxlength="12" autocomplete="off" required></fieldset>`;
  return html`<h1>${say('messages.page.title')}</h1><div class="card">${noticeWords(say, notice, isPatient ? 'birth-date' : 'code')}${pageForm(
    ground,
    'form',
    html`${asked}${button('identify', say('link.continue'), 'primary')}`,
  )}</div>${questions(say, link.sitePhone)}`;
}

const sizeOf = (language: Language, bytes: number): string =>
  new Intl.NumberFormat(language === 'fr' ? 'fr-CA' : 'en-CA', {
    style: 'unit',
    unit: bytes < 2 ** 20 ? 'kilobyte' : 'megabyte',
    maximumFractionDigits: 1,
  }).format(bytes < 2 ** 20 ? Math.max(1, Math.round(bytes / 1024)) : bytes / 2 ** 20);

function oneMessage({ say, language, reply }: Ground, one: MessageRow, whole: boolean): Html {
  const { siteName } = reply.thread;
  const when = localDateTime(reply.link.siteZone, one.sentAt);
  const who = one.author === null ? say('messages.page.you') : `${one.authorName ?? ''}, ${siteName}`;
  // A message may be longer than the page: its end is in the whole of it, which is a file.
  const text = whole || one.text.length <= messagesBudget ? one.text : `${one.text.slice(0, messagesBudget)} …`;
  return html`<article class="card${one.author === null ? ' mine' : ''}"><p class="foot">${say('messages.page.by', { who, when: `${formatDate(language, when.date, 'long')}, ${formatTime(language, when.time)}` })}</p><p class="text">${text}</p>${text !== one.text && html`<button class="button" name="file" value="${one.messageId}">${say('messages.page.whole')}</button>`}${one.files.map(
    (file) =>
      html`<button class="button" name="file" value="${file.fileId}">${say('messages.page.open', { title: file.title, size: sizeOf(language, file.bytes) })}</button>`,
  )}</article>`;
}

function threadBody(ground: Ground, reply: Extract<ThreadReply, { page: 'thread' }>): Html {
  const { say } = ground;
  const { thread, link, messages, skip, said, draft, pressId } = reply;
  // From the last one back, as many as there is room for, and one at least.
  const shown: Html[] = [];
  let size = 0;
  let at = messages.length - skip;
  for (; at > 0; at -= 1) {
    const one = oneMessage(ground, messages[at - 1]!, false);
    const length = Buffer.byteLength(one.text);
    if (shown.length > 0 && size + length > messagesBudget) break;
    size += length;
    shown.unshift(one);
  }
  const notice =
    said === 'sent'
      ? html`<p class="say green" role="status">${say('messages.page.sent')}</p>`
      : said && html`<p class="say red" role="alert">${said.words}</p>`;
  const turn = html`${at > 0 && html`<button class="button" name="skip" value="${messages.length - at}">${say('messages.page.earlier', { count: at })}</button>`}${skip > 0 && html`<button class="button" name="skip" value="0">${say('messages.page.later')}</button>`}`;
  const list = pageForm(ground, 'known', html`${shown}${turn}`);
  const answer = pageForm(
    ground,
    'known',
    html`<input type="hidden" name="press" value="${pressId}"><label for="t">${say('messages.page.reply')}</label><textarea id="t" name="text" maxlength="8000">${draft}</textarea><label for="a">${say('messages.page.attach')}</label><input id="a" type="file" name="file" multiple accept="application/pdf,image/jpeg,image/png">${button('reply', say('messages.page.send'), 'primary')}`,
    { files: true },
  );
  return html`<h1>${thread.subject}</h1>${thread.kind === 'referral' && html`<p class="foot">${say('messages.page.about', { patient: thread.patientDisplay })}</p>`}${notice}${list}<div class="card">${answer}</div>${questions(say, link.sitePhone)}`;
}

/** The whole page for a reply. */
export function threadPage(reply: ThreadReply, language: Language, now: Date): string {
  const say: Say = (key, params) => format(language, key, params);
  const title = say('messages.page.title');
  if (reply.page === 'nowhere') return nowherePage(language, title);
  const { link, thread } = reply;
  const ground: Ground = { say, language, reply, formKey: link.formKey, now };
  const body =
    reply.page === 'locked'
      ? html`<h1>${say('link.locked.title')}</h1><div class="card"><p>${say('link.locked.text')}</p>${callLink(say, link.sitePhone, true)}</div>`
      : reply.page === 'identify'
        ? identify(ground, reply.notice)
        : threadBody(ground, reply);
  return wholePage({ language, title, clinic: thread.siteName, body });
}
