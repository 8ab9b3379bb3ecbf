import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { asSite } from '../context.ts';
import { createPortal } from '../index.ts';
import { harbour, people } from '../test-portal.ts';
import { createLinks } from './create-links.ts';
import type { LinkPurpose } from './links.ts';
import { addBooking, birthDate, createLinkPortal, formOf, type LinkPortal, startAt } from './test-links.ts';

let portal: LinkPortal;
let jo: string;
beforeAll(async () => {
  portal = await createLinkPortal(inject('adminUrl'));
  jo = await portal.signIn(people.jo);
});
afterAll(() => portal?.close());
beforeEach(async () => {
  await portal.empty();
  await portal.owner.query(`update site set phone = null; update patient set language = 'en'`);
});

async function link({
  id = 'b1',
  set,
  purpose = 'both',
}: {
  readonly id?: string;
  readonly set?: string;
  readonly purpose?: LinkPurpose;
} = {}): Promise<string> {
  await addBooking(portal, { id });
  const [made] = await asSite(portal.context.pool, harbour, (tx) =>
    createLinks(tx, {
      siteId: harbour,
      publicUrl: '',
      userId: null,
      now: portal.clock.now(),
      wanted: [{ bookingId: id, purpose, cancelNoticeMinutes: 1440 }],
    }),
  );
  if (set) await portal.owner.query(`update booking set ${set} where booking_id = $1`, [id]);
  return made!.url;
}
const get = (url: string, headers = {}) => portal.app.inject({ method: 'GET', url, headers });
const post = (url: string, fields: URLSearchParams | string, headers = {}) =>
  portal.app.inject({
    method: 'POST',
    url,
    payload: String(fields),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
/** Presses a button of a page, with what is filled in. */
function press(url: string, page: string, act: string, filled: Readonly<Record<string, string>> = {}) {
  const { fields } = formOf(page, act);
  for (const [name, value] of Object.entries(filled)) fields.set(name, value);
  return post(url, fields);
}
const identified = async (url: string) => (await press(url, (await get(url)).body, 'identify', birthDate)).body;
const wrong = async (url: string) =>
  (await press(url, (await get(url)).body, 'identify', { ...birthDate, day: '23' })).body;
/** What the deliverer would write. */
const delivered = (state: string, booking = '') =>
  portal.owner.query(
    `update write_back set state = '${state}', state_since = now();${booking && ` update booking set ${booking}`}`,
  );
const facts = async () => {
  const { rows } = await portal.owner.query(
    `select (select count(*) from write_back) as acts, (select count(*) from staff_task) as tasks,
            (select coalesce(sum(tries), 0)::integer from appointment_link) as tries,
            (select count(*) from appointment_link where locked_at is not null) as locked`,
  );
  return rows[0];
};
const untouched = { acts: 0, tasks: 0, tries: 0, locked: 0 };
/** Words that would tell of the appointment. */
const telling = /Abel|Lantern|Check-up|2026|10:00|Madeup|Mara/;

describe('the page of a link', () => {
  it('shows the clinic and asks for the birth date, and nothing of the appointment', async () => {
    const url = await link();
    const page = await get(url);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Harbour Clinic');
    expect(page.body).not.toMatch(telling);
    expect(await facts()).toEqual(untouched);
    const head = await portal.app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });

  it('may do nothing but show itself, is kept nowhere, and tells no other page where it was', async () => {
    const { headers, body } = await get(await link());
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'x-frame-options': 'DENY',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers['set-cookie']).toBeUndefined();
    expect(body).not.toMatch(/<script|https?:|src=|style="| on\w+="/);
    expect(body).toContain('<meta name="robots" content="noindex,nofollow">');
  });

  it('stays under 10 kB, every one of them, in both languages', async () => {
    const url = await link();
    await portal.owner.query(`update site set phone = '604-555-0100'`);
    const sizes: number[] = [];
    for (const language of ['en', 'fr']) {
      const at = `${url}?lang=${language}`;
      const first = (await get(at)).body;
      const known = (await press(at, first, 'identify', birthDate)).body;
      const pages = [first, await wrong(at), known, (await press(at, known, 'cancel')).body];
      pages.push((await get(`/a/nothing?lang=${language}`)).body);
      for (const page of pages) expect(page).toContain(`<html lang="${language}">`);
      sizes.push(...pages.map((page) => Buffer.byteLength(page)));
    }
    expect(sizes.length).toBe(10);
    expect(Math.max(...sizes)).toBeLessThan(10_000);
  });

  it('speaks the patient’s language, and the other one when that is chosen, which then stays', async () => {
    const url = await link();
    await portal.owner.query(`update patient set language = 'fr-CA'`);
    const page = (await get(url, { 'accept-language': 'en' })).body;
    expect(page).toContain('Date de naissance');
    expect(page).toContain('href="?lang=en"');
    const english = (await get(`${url}?lang=en`)).body;
    expect(english).toContain('date of birth');
    expect(formOf(english).action).toBe('?lang=en');
  });

  it('shows what, when in the office’s zone, and with whom, once the birth date is right', async () => {
    const page = await identified(await link());
    for (const words of ['Friday 27 November 2026', '10:00 to 10:30', 'Dr. Abel Invented', 'Lantern Hill', 'Check-up'])
      expect(page).toContain(words);
    expect(page).not.toMatch(/Madeup|Mara|1980/);
    expect(await facts()).toEqual(untouched);
  });

  it('escapes what comes from the clinic', async () => {
    const url = await link({ set: `type_text = '<script>alert(1)</script>'` });
    expect(await identified(url)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});

describe('the birth date', () => {
  it('is no try when it is empty or malformed, however often', async () => {
    const url = await link();
    const page = (await get(url)).body;
    for (const filled of [
      {},
      { day: '22', month: '10', year: '80' },
      { day: '31', month: '02', year: '1980' },
      { day: 'x' },
    ])
      for (let times = 0; times < 7; times += 1)
        expect((await press(url, page, 'identify', filled)).body).toContain('role="alert"');
    expect(await facts()).toEqual(untouched);
  });

  it('is asked for again when it is wrong; six wrong ones lock the link, and the staff unlock it', async () => {
    const url = await link();
    for (const left of [5, 4, 3, 2, 1]) expect(await wrong(url)).toMatch(new RegExp(`${left} tr(y is|ies are) left`));
    expect(await wrong(url)).toContain('This link is locked');
    const locked = await get(url);
    expect([locked.statusCode, locked.body.includes('This link is locked')]).toEqual([403, true]);
    expect(locked.body).not.toMatch(telling);
    expect(await facts()).toEqual({ acts: 0, tasks: 1, tries: 6, locked: 1 });

    const { rows } = await portal.owner.query<{ task_id: string }>(
      `select task_id from staff_task where reason = 'locked'`,
    );
    const headers = { cookie: jo, host: 'portal.test', origin: 'http://portal.test' };
    const done = { method: 'POST', url: `/api/tasks/${rows[0]!.task_id}/done`, headers } as const;
    expect((await portal.app.inject(done)).statusCode).toBe(204);
    expect(await identified(url)).toContain('Dr. Abel Invented');
    expect(await facts()).toEqual({ acts: 0, tasks: 1, tries: 0, locked: 0 });
  });

  it('counts tries that are sent side by side: of thirty at once six are looked at', async () => {
    const url = await link();
    const page = (await get(url)).body;
    const dates = Array.from({ length: 30 }, (_, index) => ({ ...birthDate, year: `${1981 + index}` }));
    const answers = await Promise.all(dates.map((date) => press(url, page, 'identify', date)));
    expect(answers.filter(({ body }) => body.includes('left')).length).toBe(5);
    expect(await facts()).toEqual({ acts: 0, tasks: 1, tries: 6, locked: 1 });
    // The right one comes too late.
    expect((await press(url, page, 'identify', birthDate)).body).toContain('This link is locked');
  });

  it('that is right forgets the wrong ones', async () => {
    const url = await link();
    for (let times = 0; times < 5; times += 1) await wrong(url);
    await identified(url);
    expect(await facts()).toEqual(untouched);
  });
});

describe('a POST', () => {
  it('without a form of this link, fresh and of the step that it is for, changes nothing', async () => {
    const url = await link();
    const other = await link({ id: 'b2' });
    const known = await identified(url);
    const stale = formOf(known, 'confirm').fields;
    const bodies: (string | URLSearchParams)[] = [
      '',
      'do=confirm',
      'do=really-cancel&f=known.1.x',
      formOf(await identified(other), 'confirm').fields,
      `${formOf((await get(url)).body).fields}&do=confirm`,
      '%%%=&&&',
    ];
    for (const body of bodies) expect((await post(url, body)).body).toContain('name="year"');
    // The second step is no part of the first.
    const { fields } = formOf(known, 'cancel');
    fields.set('do', 'really-cancel');
    expect((await post(url, fields)).body).toContain('Can you come');
    portal.clock.advance(16 * 60_000);
    expect((await post(url, stale)).body).toContain('open for too long');
    portal.clock.advance(-16 * 60_000);
    const json = await post(url, '{"do":"confirm"}', { 'content-type': 'application/json' });
    expect([json.statusCode, json.body.includes('name="year"')]).toEqual([200, true]);
    expect(await facts()).toEqual(untouched);
  });

  it('queues the answer once, says that it waits, and says the same when it is sent again', async () => {
    const url = await link();
    const { fields } = formOf(await identified(url), 'confirm');
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(url, fields)));
    answers.push(await post(url, fields));
    for (const { body, statusCode } of answers)
      expect([statusCode, body.includes('It is not confirmed yet')]).toEqual([200, true]);
    expect(await facts()).toEqual({ ...untouched, acts: 1 });
    const { rows } = await portal.owner.query(
      'select kind, requested_by as by, seen_version as version, a.action from write_back join audit_event a on a.entity_id = booking_id and a.action like $1',
      ['queue-%'],
    );
    expect(rows).toEqual([{ kind: 'mark-confirmed', by: null, version: '3', action: 'queue-mark-confirmed' }]);
  });

  it('says confirmed only when the EMR has acknowledged it', async () => {
    const url = await link();
    const { fields } = formOf(await identified(url), 'confirm');
    await post(url, fields);
    await delivered('acknowledged', `participation = 'accepted', emr_version = '4'`);
    for (const body of [(await post(url, fields)).body, await identified(url)]) {
      expect(body).toContain('You are confirmed');
      expect(body).toContain('I cannot come after all');
    }
    expect(await facts()).toEqual({ ...untouched, acts: 1 });
  });

  it('says that the appointment has changed where the EMR has it otherwise, and has the patient call', async () => {
    await portal.owner.query(`update site set phone = '604-555-0100' where site_id = $1`, [harbour]);
    const url = await link();
    const { fields } = formOf(await identified(url), 'confirm');
    await post(url, fields);
    await delivered('task');
    await portal.owner.query(
      `insert into staff_task (site_id, task_id, connection_id, write_back_id, reason, created_at)
       select site_id, 't1', connection_id, write_back_id, 'changed', now() from write_back`,
    );
    const { body } = await post(url, fields);
    expect(body).toContain('This appointment has changed');
    expect(body).toContain('href="tel:6045550100"');
    // The new time is for the clinic to tell.
    await portal.owner.query(`update booking set start_at = start_at + interval '1 hour'`);
    expect((await post(url, fields)).body).toContain('This appointment has changed');
    expect(await facts()).toEqual({ ...untouched, acts: 1, tasks: 1 });
  });

  it('cancels in two steps, with the notice that the link asks for', async () => {
    const url = await link();
    const known = await identified(url);
    const asked = (await press(url, known, 'cancel')).body;
    expect(asked).toContain('Cancel this appointment?');
    expect(await facts()).toEqual(untouched);
    expect((await press(url, asked, 'look')).body).toContain('Can you come');
    const { fields } = formOf(asked, 'really-cancel');
    expect((await post(url, fields)).body).toContain('not cancelled yet');
    await delivered('acknowledged', `status = 'cancelled'`);
    expect((await post(url, fields)).body).toContain('Your appointment is cancelled');
    expect((await press(url, known, 'confirm')).body).toContain('Your appointment is cancelled');
    expect(await facts()).toEqual({ ...untouched, acts: 1 });
  });

  it('does not cancel when the notice has passed since the page was read', async () => {
    const url = await link();
    const asked = (await press(url, await identified(url), 'cancel')).body;
    const ahead = new Date(startAt).getTime() - portal.clock.now().getTime();
    await portal.owner.query(`update appointment_link set cancel_notice_minutes = $1`, [Math.ceil(ahead / 60_000)]);
    const { body } = await press(url, asked, 'really-cancel');
    expect(body).toContain('too late to cancel');
    expect(body).not.toContain('value="cancel"');
    expect(await facts()).toEqual(untouched);
  });

  it('is a task of the staff where something else is under way for the booking', async () => {
    const url = await link();
    const headers = { cookie: jo, host: 'portal.test', origin: 'http://portal.test' };
    const payload = { pressId: crypto.randomUUID(), version: '3' };
    await portal.app.inject({ method: 'POST', url: '/api/bookings/b1/mark-arrived', headers, payload });
    const { fields } = formOf(await identified(url), 'confirm');
    for (let times = 0; times < 2; times += 1)
      expect((await post(url, fields)).body).toContain('Please call the clinic');
    expect(await facts()).toEqual({ ...untouched, acts: 1, tasks: 1 });
  });

  it('with a cookie of the portal is refused from elsewhere, and taken from the page itself', async () => {
    const url = await link();
    const { fields } = formOf((await get(url)).body);
    const elsewhere = await post(url, fields, { cookie: jo, origin: 'https://evil.example' });
    expect([elsewhere.statusCode, elsewhere.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    const own = await post(url, fields, { cookie: jo, origin: 'null', 'sec-fetch-site': 'same-origin' });
    expect(own.statusCode).toBe(200);
  });
});

describe('a link that leads nowhere', () => {
  const ways: Readonly<Record<string, (url: string) => Promise<string>>> = {
    unknown: async () => `/a/${'A'.repeat(43)}`,
    truncated: async (url) => url.slice(0, -1),
    'too long': async (url) => `${url}A`,
    'very long': async (url) => url + 'A'.repeat(3000),
    'of several parts': async (url) => `${url}/x`,
    empty: async () => '/a/',
    moved: async (url) => {
      await portal.owner.query(`update booking set start_at = start_at + interval '15 minutes'`);
      return url;
    },
    'with another provider': async (url) => {
      await portal.owner.query(`update booking set provider_id = 'cho'`);
      return url;
    },
    cancelled: async (url) => {
      await portal.owner.query(`update booking set status = 'cancelled'`);
      return url;
    },
    'not visible': async (url) => {
      await portal.owner.query(`update booking set state = 'visibility-lost'`);
      return url;
    },
    'of a patient without a birth date': async (url) => {
      await portal.owner.query(`update booking set patient_id = 'p2'`);
      return url;
    },
    expired: async (url) => {
      await portal.owner.query(
        `update booking set start_at = '2026-11-24T17:00:00Z'; update appointment_link set start_at = '2026-11-24T17:00:00Z'`,
      );
      return url;
    },
  };
  it.each(Object.keys(ways))('is the same page as any other, to GET and to POST: %s', async (way) => {
    const url = await link();
    const known = formOf(await identified(url), 'confirm').fields;
    const never = await get('/a/never');
    const at = await ways[way]!(url);
    for (const answer of [await get(at), await post(at, known), await get(at, { 'accept-language': 'en' })]) {
      expect([answer.statusCode, answer.body]).toEqual([404, never.body]);
      expect(Object.keys(answer.headers).sort()).toEqual(Object.keys(never.headers).sort());
    }
    expect(never.body).toContain('This link cannot be used');
    expect(await facts()).toEqual(untouched);
  });

  it('knows nothing of a harmless edit: another version, type or end is the same appointment', async () => {
    const url = await link({
      set: `emr_version = '9', type_text = 'Long check-up', end_at = end_at + interval '1 hour'`,
    });
    expect(await identified(url)).toContain('Long check-up');
  });
});

it('leaves no token in the log, of any link, whatever happens', async () => {
  const lines: string[] = [];
  const { clock, publicUrl, version } = portal.context;
  const logging = await createPortal({
    appUrl: portal.database.urlFor('portal_app'),
    syncUrl: portal.database.urlFor('portal_sync'),
    sealingKey: portal.context.sealingKey,
    publicUrl,
    webDirectory: null,
    clock,
    log: createLog({ level: 'trace', name: 'test', destination: { write: (line) => lines.push(line) } }),
    version,
  });
  try {
    const url = await link();
    const ask = (method: 'GET' | 'POST' | 'PUT', at: string, payload = '') =>
      logging.app.inject({
        method,
        url: at,
        payload,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const known = formOf(await identified(url), 'confirm').fields;
    expect((await ask('GET', url)).statusCode).toBe(200);
    expect((await ask('POST', url, `${known}`)).statusCode).toBe(200);
    expect((await ask('POST', url, 'x'.repeat(5000))).statusCode).toBe(413);
    expect((await ask('PUT', url)).statusCode).toBe(404);
    expect((await ask('GET', `${url}%`)).statusCode).toBe(400);
    await portal.owner.query('alter table appointment_link rename to appointment_link_away');
    const broken = await ask('GET', url);
    await portal.owner.query('alter table appointment_link_away rename to appointment_link');
    expect([broken.statusCode, broken.headers['content-type']]).toEqual([500, 'text/html; charset=utf-8']);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.some((line) => line.includes('"level":50'))).toBe(true);
    const secrets = [url.split('/').at(-1)!, known.get('f')!, '1980'];
    for (const secret of secrets) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  } finally {
    await logging.close();
  }
});

it('is asked for by one address so many times a minute', async () => {
  const { clock, log, publicUrl, version } = portal.context;
  const limited = await createPortal({
    appUrl: portal.database.urlFor('portal_app'),
    syncUrl: portal.database.urlFor('portal_sync'),
    sealingKey: portal.context.sealingKey,
    publicUrl,
    linkRequestsPerMinute: 3,
    webDirectory: null,
    clock,
    log,
    version,
  });
  try {
    const url = await link();
    const ask = (remoteAddress: string) => limited.app.inject({ url, remoteAddress });
    const answers = [];
    for (let times = 0; times < 4; times += 1) answers.push(await ask('192.0.2.1'));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
    expect(answers[3]!.headers['retry-after']).toMatch(/^\d+$/);
    expect(answers[3]!.body).toContain('Too many requests');
    expect((await ask('192.0.2.2')).statusCode).toBe(200);
    expect((await limited.app.inject({ url: '/api/about', remoteAddress: '192.0.2.1' })).statusCode).toBe(200);
  } finally {
    await limited.close();
  }
});

it('is copied by the staff for a booking that they see, which is in the audit log', async () => {
  await addBooking(portal, { id: 'b1' });
  const headers = { cookie: jo, host: 'portal.test', origin: 'http://portal.test' };
  const copy = (id: string, more = headers) =>
    portal.app.inject({ method: 'POST', url: `/api/bookings/${id}/link`, headers: more });
  const answer = await copy('b1');
  expect([answer.statusCode, answer.headers['cache-control']]).toEqual([201, 'no-store']);
  const { url } = answer.json<{ url: string }>();
  expect(await identified(url.replace('http://portal.test', ''))).toContain('Dr. Abel Invented');
  expect((await copy('never')).statusCode).toBe(404);
  expect((await copy('b1', { ...headers, cookie: '' })).statusCode).toBe(401);
  const { rows } = await portal.owner.query(
    `select u.email from audit_event a join portal_user u using (user_id) where action = 'create-link' and entity_id = 'b1' and a.user_id is not null`,
  );
  expect(rows).toEqual([{ email: people.jo }]);
});
