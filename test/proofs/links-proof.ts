// The links proof. Whoever opens a patient's link without knowing the birth date changes nothing and locks nothing; the patient's own way works
// each time, is one write-back however often it is sent, and is told what the EMR says; what leads nowhere is one page. The portal over HTTP,
// a deliverer that runs, the EMR's own app, and both databases count.
import type { Browser } from 'playwright-core';
import { systemClock } from '../../src/platform/clock.ts';
import { asSite, createLinks } from '../../src/portal/index.ts';
import { launchChromium } from '../browser/chromium.ts';
import { formWith, saidBy } from '../links/link-page-reader.ts';
import { type Ask, ask, type PersonaTools, personas } from '../links/personas.ts';
import { all, type Slice, slices } from '../sync-clinic.ts';
import { siteId } from '../sync-portal.ts';
import { type WriteBackClinic, writeBackClinic } from '../write-back-clinic.ts';
import type { Proof, Saboteur } from './proof.ts';

interface Counts {
  /** Of each persona, and of the patient's way. */
  readonly links: number;
  readonly ofEachNowhere: number;
  readonly openMs: number;
}
const stated: Counts = { links: 100, ofEachNowhere: 20, openMs: 30_000 };
const reduced: Counts = { links: 3, ofEachNowhere: 2, openMs: 300 };
/** Personas at a time: browsers need memory. */
const atOnce = 20;

interface Ground {
  readonly clinic: WriteBackClinic;
  readonly base: string;
  readonly browser: Browser;
  readonly counts: Counts;
  /** Bookings a day ahead or more; each is handed out once. */
  readonly bookings: string[];
}

interface Booking {
  readonly bookingId: string;
  readonly birthDate: string;
}

export const proveLinks: Proof = async ({ adminUrl, full, say }) => {
  const counts = full ? stated : reduced;
  const clinic = await writeBackClinic({ adminUrl });
  const browser = await launchChromium();
  try {
    const base = await clinic.listenPortal();
    await clinic.deliverer.start();
    const bookings = slices.flatMap((slice) => Array.from({ length: 48 }, (_, n) => `${slice.join('-')}-${59 - n}`));
    const ground: Ground = { clinic, base, browser, counts, bookings };
    const failures: string[] = [];
    let cases = 0;
    const report = (name: string, { tried, wrong }: Tried) => {
      cases += tried;
      say(`${name}: ${tried} tried, ${wrong.length} wrong${wrong[0] ? `: ${wrong[0]}` : ''}`);
      failures.push(...wrong.map((one) => `${name}: ${one}`));
      if (tried === 0) failures.push(`${name}: nothing was tried`);
    };
    for (const name of Object.keys(personas)) report(name, await opened(ground, name));
    report('the patient’s way', await answered(ground));
    report('the truth', await told(ground));
    report('nowhere', await nowhere(ground, say));
    report('six wrong dates', await locks(ground));
    return { cases, failures, saboteurs: await trySaboteurs(ground, say) };
  } finally {
    await browser.close();
    await clinic.close();
  }
};

interface Tried {
  readonly tried: number;
  readonly wrong: string[];
}

const booking = ({ bookings }: Ground): string => {
  const one = bookings.shift();
  if (!one) throw new Error('the clinic has too few bookings');
  return one;
};

async function linkFor({ clinic, base }: Ground, bookingId: string): Promise<Booking & { readonly url: string }> {
  const [made] = await asSite(clinic.portal, siteId, (tx) =>
    createLinks(tx, {
      siteId,
      publicUrl: base,
      userId: null,
      now: systemClock.now(),
      wanted: [{ bookingId, purpose: 'both', cancelNoticeMinutes: 60 }],
    }),
  );
  if (!made) throw new Error(`no link for ${bookingId}`);
  const { rows } = await clinic.portal.query<{ born: string }>(
    'select p.birth_date as born from booking b join patient p on p.patient_id = b.patient_id where b.booking_id = $1',
    [bookingId],
  );
  return { bookingId, birthDate: rows[0]!.born, url: made.url };
}

/** All that a link could change, in both organisations. */
async function facts({ clinic }: Ground): Promise<string> {
  const ours = await clinic.portal.query(
    `select (select count(*) from write_back) as acts, (select count(*) from staff_task) as tasks,
            (select coalesce(sum(tries), 0) from appointment_link) as tries,
            (select count(*) from appointment_link where locked_at is not null) as locks,
            (select count(*) from audit_event where action <> 'create-link') as audits,
            (select md5(string_agg(b::text, '|' order by booking_id)) from booking b) as bookings`,
  );
  const theirs = await clinic.emr.query('select sum(version_id) as versions from appointment');
  return JSON.stringify({ ...ours.rows[0], ...theirs.rows[0] });
}

async function inParts<T>(many: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < many.length; from += atOnce) await Promise.all(many.slice(from, from + atOnce).map(work));
}

/** Links that a persona opens, two bookings sharing what is tried. */
async function opened(ground: Ground, name: string, asks: Ask = ask, links = ground.counts.links): Promise<Tried> {
  const { browser, counts, bookings } = ground;
  const tools: PersonaTools = { ask: asks, browser, openMs: counts.openMs };
  const made = [];
  // A persona changes nothing, so that a booking may serve many of them; the last ones are not handed out before.
  for (let n = 0; n < links; n += 1) made.push(await linkFor(ground, bookings.at(-1 - (n % 10))!));
  const before = await facts(ground);
  const wrong: string[] = [];
  await inParts(made, async ({ url }) => {
    if ((await personas[name]!(tools, url)) === 0) wrong.push('it did nothing');
  });
  // Whatever it would have set off has had its time.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = await facts(ground);
  if (after !== before) wrong.push(`changed ${before} to ${after}`);
  return { tried: made.length, wrong };
}

const dateFields = (birthDate: string) => {
  const [year, month, day] = birthDate.split('-') as [string, string, string];
  return { year, month, day };
};

async function press(asks: Ask, url: string, page: string, button: string, filled: Record<string, string> = {}) {
  const { fields } = formWith(page, button);
  for (const [name, value] of Object.entries(filled)) fields.set(name, value);
  const again = async () => (await asks('POST', url, { form: fields })).page;
  return { page: await again(), again };
}

const identify = async (asks: Ask, url: string, birthDate: string): Promise<string> =>
  (await press(asks, url, (await asks('GET', url)).page, 'identify', dateFields(birthDate))).page;

const shows = {
  confirmed: />(You are confirmed|Votre présence est confirmée)</,
  cancelled: />(Your appointment is cancelled|Votre rendez-vous est annulé)</,
  waiting: />(We have your answer|Nous avons votre réponse)/,
  changed: />(This appointment has changed|Ce rendez-vous a changé)/,
  nowhere: />(This link cannot be used|Ce lien ne peut pas servir)</,
  locked: />(This link is locked|Ce lien est bloqué)</,
} as const;

const acts = async ({ clinic }: Ground, bookingId: string) =>
  (await clinic.portal.query<{ n: number }>('select count(*) as n from write_back where booking_id = $1', [bookingId]))
    .rows[0]!.n;

/** The patient confirms, or cancels in two steps; sent again it is the same. `between` happens before it is sent again. */
async function answerOnce(
  ground: Ground,
  cancels: boolean,
  between: (bookingId: string) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const { clinic } = ground;
  const { bookingId, birthDate, url } = await linkFor(ground, booking(ground));
  const before = await clinic.inEmr(bookingId);
  const known = await identify(ask, url, birthDate);
  const sent = cancels
    ? await press(ask, url, (await press(ask, url, known, 'cancel')).page, 'really-cancel')
    : await press(ask, url, known, 'confirm');
  const wrong: string[] = [];
  const right = cancels ? shows.cancelled : shows.confirmed;
  if (!right.test(sent.page)) wrong.push(`is shown ${headingOf(sent.page)}`);
  await between(bookingId);
  const again = await sent.again();
  if (saidBy(again) !== saidBy(sent.page)) wrong.push(`sent again it is shown ${headingOf(again)}`);
  const after = await clinic.inEmr(bookingId);
  const isSo = cancels ? after.status === 'cancelled' : after.participation === 'accepted';
  if (!isSo) wrong.push('the EMR does not have it');
  if (after.ours - before.ours !== 1) wrong.push(`the EMR was changed ${after.ours - before.ours} times`);
  const made = await acts(ground, bookingId);
  if (made !== 1) wrong.push(`${made} write-backs`);
  return wrong.map((one) => `${bookingId}: ${one}`);
}

const headingOf = (page: string): string =>
  /<h1>(.*?)<\/h1>/s.exec(page)?.[1]?.replaceAll(/<span.*?<\/span>/gs, '') ?? 'no heading';

async function answered(ground: Ground): Promise<Tried> {
  const wrong: string[] = [];
  const { links } = ground.counts;
  await inParts(
    Array.from({ length: links }, (_, n) => n),
    async (n) => {
      wrong.push(...(await answerOnce(ground, n % 3 === 2)));
    },
  );
  return { tried: links, wrong };
}

/** What the patient is told where the EMR cannot take the answer, or has the appointment otherwise. */
async function told(ground: Ground): Promise<Tried> {
  const { clinic } = ground;
  const wrong: string[] = [];
  // The patients’ bookings are taken from the front: of the last slice some are left at every count.
  const slice = slices[3] as Slice;
  const own = () => {
    const at = ground.bookings.findIndex((one) => one.startsWith(slice.join('-')));
    return ground.bookings.splice(at, 1)[0]!;
  };
  const tell = async (what: keyof typeof shows, page: string, name: string) => {
    if (!shows[what].test(page)) wrong.push(`${name}: is shown ${headingOf(page)}`);
  };
  const tasks = async (bookingId: string) =>
    (
      await clinic.portal.query<{ reason: string }>(
        'select t.reason from staff_task t join write_back w using (write_back_id) where w.booking_id = $1',
        [bookingId],
      )
    ).rows.map(({ reason }) => reason);

  const moved = await linkFor(ground, own());
  const movedPage = await identify(ask, moved.url, moved.birthDate);
  await clinic.changeInEmr(
    moved.bookingId,
    `start_at = start_at + interval '5 minutes', end_at = end_at + interval '5 minutes'`,
  );
  const afterMove = await press(ask, moved.url, movedPage, 'confirm');
  await tell('changed', afterMove.page, 'moved in the EMR meanwhile');
  await tell('changed', await afterMove.again(), 'moved in the EMR meanwhile, sent again');
  if ((await tasks(moved.bookingId)).join() !== 'changed') wrong.push('moved in the EMR meanwhile: no task');

  const noted = await linkFor(ground, own());
  const notedPage = await identify(ask, noted.url, noted.birthDate);
  await clinic.changeInEmr(noted.bookingId, `reason = 'brings a letter'`);
  await tell('confirmed', (await press(ask, noted.url, notedPage, 'confirm')).page, 'a note in the EMR meanwhile');

  const parked = await linkFor(ground, own());
  const parkedPage = await identify(ask, parked.url, parked.birthDate);
  await clinic.grant(slice, 0);
  const afterTaking = await press(ask, parked.url, parkedPage, 'confirm');
  await tell('waiting', afterTaking.page, 'without the permission');
  await clinic.sync('full');
  await tell('waiting', await afterTaking.again(), 'without the permission, after a run');
  await clinic.grant(slice, all);
  await clinic.sync('full');
  await untilAcknowledged(ground, parked.bookingId);
  await tell('confirmed', await afterTaking.again(), 'with the permission again');
  if ((await acts(ground, parked.bookingId)) !== 1) wrong.push('parked: more than one write-back');

  const away = await linkFor(ground, own());
  const awayPage = await identify(ask, away.url, away.birthDate);
  await clinic.proxy.close();
  const whileAway = await press(ask, away.url, awayPage, 'confirm');
  await clinic.proxy.open();
  await tell('waiting', whileAway.page, 'while the EMR does not answer');
  await untilAcknowledged(ground, away.bookingId);
  await tell('confirmed', await whileAway.again(), 'when the EMR answers again');
  return { tried: 9, wrong };
}

async function untilAcknowledged({ clinic }: Ground, bookingId: string): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    const { rows } = await clinic.portal.query<{ state: string }>(
      'select state from write_back where booking_id = $1',
      [bookingId],
    );
    if (rows[0]?.state === 'acknowledged') return;
    // What failed a moment ago may have failed just now.
    await clinic.makeDue();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Each makes of a link that works an address that leads nowhere. */
const deadEnds: Readonly<Record<string, (ground: Ground, link: Booking & { url: string }) => Promise<string>>> = {
  unknown: async ({ base }) =>
    `${base}/a/${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')}`,
  truncated: async (_ground, { url }) => url.slice(0, -1),
  foreign: async ({ clinic }, { url }) => {
    // Of an installation that has another database: here there is no row of it.
    await clinic.portal.query('delete from appointment_link where token_hash = sha256($1)', [
      Buffer.from(url.split('/').at(-1)!),
    ]);
    return url;
  },
  expired: async ({ clinic }, { bookingId, url }) => {
    await clinic.portal.query(
      `update appointment_link set start_at = now() - interval '1 minute' where booking_id = $1`,
      [bookingId],
    );
    await clinic.portal.query(`update booking set start_at = now() - interval '1 minute' where booking_id = $1`, [
      bookingId,
    ]);
    return url;
  },
  moved: async ({ clinic }, { bookingId, url }) => {
    await clinic.portal.query(`update booking set start_at = start_at + interval '5 minutes' where booking_id = $1`, [
      bookingId,
    ]);
    return url;
  },
  cancelled: async ({ clinic }, { bookingId, url }) => {
    await clinic.portal.query(`update booking set status = 'cancelled' where booking_id = $1`, [bookingId]);
    return url;
  },
};

async function nowhere(
  ground: Ground,
  say: (line: string) => void,
  planted?: (bookingId: string) => Promise<unknown>,
): Promise<Tried> {
  const wrong: string[] = [];
  let tried = 0;
  const { page: one, status } = await ask('GET', `${ground.base}/a/never`);
  for (const [name, end] of Object.entries(deadEnds)) {
    const took: number[] = [];
    const rounds = planted ? 1 : ground.counts.ofEachNowhere;
    for (let round = 0; round < rounds; round += 1) {
      const id = ground.bookings.at(-20 - (round % 5))!;
      const kept = await rowOf(ground, id);
      const link = await linkFor(ground, id);
      const known = formWith(await identify(ask, link.url, link.birthDate), 'confirm').fields;
      const url = await end(ground, link);
      await planted?.(id);
      const before = await facts(ground);
      const began = performance.now();
      const answers = [await ask('GET', url)];
      took.push(performance.now() - began);
      answers.push(
        await ask('POST', url, { form: known }),
        await ask('POST', url, { form: new URLSearchParams(dateFields(link.birthDate)) }),
      );
      for (const answer of answers)
        if (answer.status !== status || answer.page !== one)
          wrong.push(`${name}: ${answer.status} ${headingOf(answer.page)}`);
      if ((await facts(ground)) !== before) wrong.push(`${name}: changed something`);
      await putBack(ground, id, kept);
      tried += 1;
    }
    took.sort((a, b) => a - b);
    say(`nowhere, ${name}: a GET takes ${took[Math.floor(took.length / 2)]!.toFixed(1)} ms in the middle`);
  }
  if (!shows.nowhere.test(one)) wrong.push(`what never was is ${headingOf(one)}`);
  return { tried, wrong };
}

interface Kept {
  readonly start: Date;
  readonly status: string;
}
const rowOf = async ({ clinic }: Ground, id: string): Promise<Kept> =>
  (
    await clinic.portal.query<Kept & Record<string, unknown>>(
      'select start_at as start, status from booking where booking_id = $1',
      [id],
    )
  ).rows[0]!;
const putBack = ({ clinic }: Ground, id: string, { start, status }: Kept) =>
  clinic.portal.query('update booking set start_at = $2, status = $3 where booking_id = $1', [id, start, status]);

/** Six wrong dates lock, and the right one then opens nothing; what is empty or no date is none of them. */
async function locks(ground: Ground, tamper: (url: string) => Promise<unknown> = async () => {}): Promise<Tried> {
  const { bookingId, birthDate, url } = await linkFor(ground, booking(ground));
  const wrong: string[] = [];
  const page = (await ask('GET', url)).page;
  for (let times = 0; times < 7; times += 1) {
    await press(ask, url, page, 'identify');
    await press(ask, url, page, 'identify', { day: '31', month: '02', year: '1970' });
  }
  for (let times = 0; times < 6; times += 1) {
    const answer = await press(ask, url, page, 'identify', dateFields(`190${times}-01-01`));
    if (shows.locked.test(answer.page) !== (times === 5)) wrong.push(`try ${times + 1}: ${headingOf(answer.page)}`);
    await tamper(url);
  }
  const right = await press(ask, url, page, 'identify', dateFields(birthDate));
  if (!shows.locked.test(right.page)) wrong.push(`the right date then shows ${headingOf(right.page)}`);
  return { tried: 1, wrong: wrong.map((one) => `${bookingId}: ${one}`) };
}

async function trySaboteurs(ground: Ground, say: (line: string) => void): Promise<Saboteur[]> {
  const { clinic } = ground;
  const saboteurs: Saboteur[] = [];
  const caught = (name: string, { wrong }: Tried) => {
    say(`saboteur: ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name, caught: wrong.length > 0 });
  };
  const bookingOf = async (url: string): Promise<string> =>
    (
      await clinic.portal.query<{ id: string }>(
        'select booking_id as id from appointment_link where token_hash = sha256($1)',
        [Buffer.from(new URL(url).pathname.split('/').at(-1)!)],
      )
    ).rows[0]!.id;
  const tried = (url: string) =>
    clinic.portal.query('update appointment_link set tries = tries + 1 where token_hash = sha256($1)', [
      Buffer.from(new URL(url).pathname.split('/').at(-1)!),
    ]);

  const getConfirms: Ask = async (method, url, more) => {
    if (method === 'GET') await clinic.press('mark-confirmed', await bookingOf(url)).catch(() => {});
    return ask(method, url, more);
  };
  caught('a GET confirms', await opened(ground, 'get', getConfirms, 1));
  const headConfirms: Ask = async (method, url, more) => {
    if (method === 'HEAD') await clinic.press('mark-confirmed', await bookingOf(url)).catch(() => {});
    return ask(method, url, more);
  };
  // Another booking than the one that was just confirmed.
  ground.bookings.pop();
  caught('a HEAD confirms', await opened(ground, 'head', headConfirms, 1));
  const emptyIsATry: Ask = async (method, url, more) => {
    if (method === 'POST' && more?.form?.get('day') === '') await tried(url);
    return ask(method, url, more);
  };
  caught('an empty date counts as a try', await opened(ground, 'submits every form empty', emptyIsATry, 1));
  ground.bookings.pop();
  const anyPostCancels: Ask = async (method, url, more) => {
    if (method === 'POST') await clinic.press('cancel', await bookingOf(url)).catch(() => {});
    return ask(method, url, more);
  };
  caught('a POST without a date acts', await opened(ground, 'submits every form empty', anyPostCancels, 1));
  ground.bookings.pop();
  caught(
    'a token is accepted after a move',
    await nowhere(
      ground,
      () => {},
      (id) =>
        clinic.portal.query(
          'update appointment_link l set start_at = b.start_at from booking b where b.booking_id = l.booking_id and l.booking_id = $1',
          [id],
        ),
    ),
  );
  caught('a second POST is a second write-back', {
    tried: 1,
    wrong: await answerOnce(ground, false, (id) =>
      clinic.portal.query(
        `with forgotten as (update write_back set press_id = write_back_id, requested_by = 'nobody' where booking_id = $1)
         update booking set participation = 'needs-action' where booking_id = $1`,
        [id],
      ),
    ),
  });
  caught(
    'tries are forgotten',
    await locks(ground, (url) =>
      clinic.portal.query('update appointment_link set tries = 0 where token_hash = sha256($1)', [
        Buffer.from(url.split('/').at(-1)!),
      ]),
    ),
  );
  return saboteurs;
}
