// The pages of a link: for a patient on a phone, without script, and under 10 kB.
import { formatDate, formatTime } from '../../language/dates.ts';
import { format, type Language } from '../../language/messages.ts';
import { type Html, html } from '../../platform/http/html.ts';
import { localDateTime } from '../../platform/zones.ts';
import type { FormStep } from '../public-page/form-token.ts';
import {
  birthDateFields,
  button,
  callLink,
  type IdentifyNotice,
  noticeWords,
  nowherePage,
  pageForm,
  questions,
  type Say,
  wholePage,
} from '../public-page/whole-page.ts';
import type { LinkRow } from './links.sql.ts';
import type { Choice, Standing } from './links.ts';

/** What a request has come to. */
export type LinkReply =
  /** Unknown, truncated, expired, moved, cancelled: one page, in which nothing depends on which of them it is. */
  | { readonly page: 'nowhere' }
  | { readonly page: 'locked'; readonly link: LinkRow }
  | { readonly page: 'identify'; readonly link: LinkRow; readonly notice: IdentifyNotice }
  | { readonly page: 'really-cancel'; readonly link: LinkRow }
  | { readonly page: 'standing'; readonly link: LinkRow; readonly standing: Exclude<Standing, { is: 'nowhere' }> };

interface Ground {
  readonly say: Say;
  readonly language: Language;
  readonly link: LinkRow;
  readonly now: Date;
}

const form = ({ language, link: { formKey }, now }: Ground, step: FormStep, body: Html): Html =>
  pageForm({ language, formKey, now }, step, body);

function appointment({ say, language, link }: Ground): Html {
  const zone = link.officeZone ?? link.siteZone;
  const start = localDateTime(zone, link.startAt);
  const end = localDateTime(zone, link.endAt);
  return html`<dl><div><dt>${say('link.when')}</dt><dd>${formatDate(language, start.date, 'long')}<br>${say('link.time', { start: formatTime(language, start.time), end: formatTime(language, end.time) })}</dd></div><div><dt>${say('link.whom')}</dt><dd>${link.providerDisplay ?? link.providerId}</dd></div><div><dt>${say('link.where')}</dt><dd>${link.officeName ?? link.officeId}</dd></div>${link.type !== null && html`<div><dt>${say('link.what')}</dt><dd>${link.type}</dd></div>`}</dl><p class="foot">${say('link.zone', { zone })}</p>`;
}

function identify(ground: Ground, notice: IdentifyNotice): Html {
  const { say, language } = ground;
  return html`<h1>${say('link.identify.title')}</h1><div class="card">${noticeWords(say, notice)}${form(
    ground,
    'form',
    html`${birthDateFields(say, language)}${button('identify', say('link.continue'), 'primary')}`,
  )}</div>${questions(say, ground.link.sitePhone)}`;
}

/** A cancelling that was possible until a moment ago or is until one: said with the appointment, so that nobody finds out by trying. */
function cancelNote({ say, language, link }: Ground, choice: Choice): Html | null {
  if (choice.tooLateToCancel) return html`<p class="foot">${say('link.cancel.too-late')}</p>`;
  if (!choice.canCancel || link.cancelNoticeMinutes === 0) return null;
  const zone = link.officeZone ?? link.siteZone;
  const until = localDateTime(zone, new Date(link.startAt.getTime() - link.cancelNoticeMinutes * 60_000));
  const day = formatDate(language, until.date, 'weekday');
  return html`<p class="foot">${say('link.cancel.until', { day, time: formatTime(language, until.time) })}</p>`;
}

function open(ground: Ground, choice: Choice): Html {
  const { say } = ground;
  const acts = html`${choice.canConfirm && button('confirm', say('link.confirm'), 'primary')}${choice.canCancel && button('cancel', say('link.cancel'))}`;
  return html`<h1>${say('link.ask.title')}</h1><div class="card">${appointment(ground)}${form(ground, 'known', acts)}<p class="foot">${say('link.nothing-yet')}</p>${cancelNote(ground, choice)}</div>${questions(say, ground.link.sitePhone)}`;
}

const said = (tone: 'green' | 'blue' | 'amber', sign: string, title: string, words: string): Html =>
  html`<div class="say ${tone}" role="status"><h1><span class="sign" aria-hidden="true">${sign}</span>${title}</h1><p>${words}</p></div>`;

const clockTime = ({ link, language }: Ground, at: Date): string =>
  formatTime(language, localDateTime(link.officeZone ?? link.siteZone, at).time);

function standingBody(ground: Ground, standing: Exclude<Standing, { is: 'nowhere' }>): Html {
  const { say, link } = ground;
  const lookAgain = form(ground, 'known', button('look', say('link.look-again')));
  switch (standing.is) {
    case 'open':
      if (!standing.confirmed) return open(ground, standing);
      return confirmed(ground, standing, say('link.confirmed.known'));
    case 'confirmed':
      return confirmed(ground, standing, say('link.confirmed.since', { time: clockTime(ground, standing.since) }));
    case 'cancelled':
      return html`${said('green', '✓', say('link.cancelled.title'), say('link.cancelled.since', { time: clockTime(ground, standing.since) }))}${callLink(say, link.sitePhone)}${questions(say, link.sitePhone)}`;
    case 'waiting':
      return html`${said('blue', '…', say(`link.waiting.title.${standing.kind}`), say(`link.waiting.${standing.kind}`))}<div class="card">${link.booking.masked || link.booking.state === 'visibility-lost' ? null : appointment(ground)}${lookAgain}${callLink(say, link.sitePhone)}</div>${questions(say, link.sitePhone)}`;
    case 'call':
      return html`${said('amber', '!', say(standing.changed ? 'link.changed.title' : 'link.call.title'), say(`link.${standing.changed ? 'changed' : 'not-done'}.${standing.kind}`))}<div class="card"><p>${say('link.call.told')}</p>${callLink(say, link.sitePhone, true)}</div>${questions(say, link.sitePhone)}`;
  }
}

function confirmed(ground: Ground, choice: Choice, words: string): Html {
  const { say } = ground;
  const cancel = choice.canCancel && form(ground, 'known', button('cancel', say('link.not-after-all')));
  return html`${said('green', '✓', say('link.confirmed.title'), words)}<div class="card">${appointment(ground)}${cancel}${cancelNote(ground, choice)}</div>${questions(say, ground.link.sitePhone)}`;
}

function reallyCancel(ground: Ground): Html {
  const { say } = ground;
  const yes = form(ground, 'cancel', button('really-cancel', say('link.really.yes'), 'danger'));
  const no = form(ground, 'known', button('look', say('link.really.no'), 'primary'));
  return html`<h1>${say('link.really.title')}</h1><div class="card">${appointment(ground)}<p>${say('link.really.text')}</p>${yes}${no}</div>${questions(say, ground.link.sitePhone)}`;
}

/** The whole page for a reply. */
export function linkPage(reply: LinkReply, language: Language, now: Date): string {
  const say: Say = (key, params) => format(language, key, params);
  const title = say('link.title');
  if (reply.page === 'nowhere') return nowherePage(language, title);
  const { link } = reply;
  const ground: Ground = { say, language, link, now };
  const bodies = {
    locked: () =>
      html`<h1>${say('link.locked.title')}</h1><div class="card"><p>${say('link.locked.text')}</p>${callLink(say, link.sitePhone, true)}</div>`,
    identify: () => identify(ground, reply.page === 'identify' ? reply.notice : null),
    'really-cancel': () => reallyCancel(ground),
    standing: () => (reply.page === 'standing' ? standingBody(ground, reply.standing) : null),
  };
  const body = bodies[reply.page]() ?? html``;
  return wholePage({ language, title, clinic: link.siteName, body });
}
