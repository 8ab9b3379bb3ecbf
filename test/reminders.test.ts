// Rules, the daily run and opting out: against a real database and a mail server that speaks SMTP.
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type FixedClock, fixedClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import type { ReminderLog, ReminderRule, Reminders, RuleFields, RuleTest } from '../src/portal/contract/reminders.ts';
import { createMailWorker, createReminderWorker } from '../src/portal/index.ts';
import { createTestPortal, harbour, island, people, type TestPortal } from '../src/portal/test-portal.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';

let portal: TestPortal;
let sink: MailSink;
let sam: string;
let jo: string;
/** 10:05 in Vancouver on the 24th. */
const morning = '2026-11-24T17:05:00Z';
let clock: FixedClock;
beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
  sam = await portal.signIn(people.sam);
  jo = await portal.signIn(people.jo);
  await portal.owner.query(
    `insert into office values ($1, 'c', 'hill', 'Lantern Hill', 'America/Vancouver'), ($1, 'c', 'plain', 'Plain', 'America/Toronto')`,
    [harbour],
  );
  await portal.owner.query(
    `insert into provider values ($1, 'c', 'abel', 'Dr. Abel Invented'), ($1, 'c', 'baker', 'Dr. Baker Invented')`,
    [harbour],
  );
  await portal.owner.query(
    `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, missing_columns, outcome)
     values ($1, 'c', 'hill', 'abel', true, 'readable', now(), 0, 'complete'), ($1, 'c', 'hill', 'baker', true, 'lost', now(), 3, 'cannot-be-read')`,
    [harbour],
  );
});
afterAll(() => portal?.close());
beforeEach(async () => {
  sink = await startMailSink();
  clock = fixedClock(morning);
  await portal.owner.query(
    'truncate reminder_rule, reminder_run, mail, staff_task, booking, patient, mail_settings, mail_opt_out, opt_out_link, refused_address cascade',
  );
});
afterEach(() => sink?.close());

const rule: RuleFields = {
  name: 'Three days before',
  days: 3,
  providerIds: [],
  typeTexts: [],
  typesExcluded: false,
  confirmation: false,
  cancellation: false,
  cancelNoticeMinutes: 1440,
  calendar: true,
  alsoConfirmed: false,
  subjectEn: 'Your appointment on {day}',
  textEn: 'Hello {given},\n\n{day} at {time} with {provider}, {office}.',
  subjectFr: 'Votre rendez-vous du {day}',
  textFr: 'Bonjour {given},\n\n{day} à {time}, {provider}, {office}.',
};

async function send(method: 'PUT' | 'POST' | 'DELETE', url: string, body: unknown, cookie = sam) {
  const answer = await portal.app.inject({
    method,
    url,
    headers: { cookie, host: 'portal.test', origin: 'http://portal.test' },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
}
const save = (fields: Partial<RuleFields>, { id = 'r1', version = 0, cookie = sam } = {}) =>
  send('PUT', `/api/reminders/rules/${id}`, { version, rule: { ...rule, ...fields } }, cookie);
async function enabledRule(fields: Partial<RuleFields> = {}, id = 'r1'): Promise<void> {
  expect((await save(fields, { id })).status).toBe(200);
  expect((await send('POST', `/api/reminders/rules/${id}/enabled`, { version: 1, enabled: true })).status).toBe(200);
}

interface Planted {
  readonly patient?: string | null;
  readonly email?: string | null;
  readonly language?: 'en' | 'fr';
  readonly start?: string;
  readonly office?: string;
  readonly provider?: string;
  readonly status?: string;
  readonly participation?: string;
  readonly state?: string;
  readonly masked?: boolean;
  readonly type?: string;
}
/** 11:00 at Lantern Hill, three days on. */
const inThreeDays = '2026-11-27T18:00:00Z';
async function book(id: string, one: Planted = {}): Promise<void> {
  const patient = one.patient === undefined ? `p-${id}` : one.patient;
  if (patient !== null) {
    await portal.owner.query(
      `insert into patient (site_id, connection_id, patient_id, family, given, birth_date, email, language, emr_version)
       values ($1, 'c', $2, 'Madeup', 'Mara', '1988-02-29', $3, $4, '1') on conflict do nothing`,
      [harbour, patient, one.email === undefined ? `${id}@mail.example` : one.email, one.language ?? 'en'],
    );
  }
  await portal.owner.query(
    `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation, type_text,
                          start_at, end_at, emr_version, emr_last_updated, state, state_since)
     values ($1, 'c', $2, $3, $4, $5, $6, $7, $8, $9, $10, $10::timestamptz + interval '15 minutes', '1', now(), $11, now())`,
    [
      harbour,
      id,
      one.office ?? 'hill',
      one.provider ?? 'abel',
      patient,
      one.masked ?? false,
      one.status ?? 'booked',
      one.participation ?? 'needs-action',
      one.type ?? 'Recheck',
      one.start ?? inThreeDays,
      one.state ?? 'present',
    ],
  );
}

const log = createLog({ level: 'silent', name: 'test' });
async function run(at: FixedClock = clock, times = 1): Promise<void> {
  const workers = Array.from({ length: times }, () =>
    createReminderWorker({
      syncUrl: portal.database.urlFor('portal_sync'),
      publicUrl: 'http://portal.test',
      clock: at,
      log,
    }),
  );
  await Promise.all(workers.map((worker) => worker.drain()));
  await Promise.all(workers.map((worker) => worker.stop()));
}
async function deliver(): Promise<void> {
  const mailer = createMailWorker({
    syncUrl: portal.database.urlFor('portal_sync'),
    smtpUrl: sink.url,
    from: 'no-reply@harbour.example',
    clock,
    log,
  });
  await mailer.drain();
  await mailer.stop();
}
const logOf = async (query = '') => (await portal.get<ReminderLog>(`/api/reminders/log${query}`, jo)).entries;
const outcomes = async () =>
  (
    await portal.owner.query<{ id: string; outcome: string }>(
      `select coalesce(booking_id, 'invisible ' || bookings) as id, outcome from reminder_log order by 1, 2`,
    )
  ).rows.map(({ id, outcome }) => `${id}: ${outcome}`);
/** The portal's own clock stands at 10:00 on the 24th. */
const tested = async (): Promise<RuleTest> => (await send('POST', '/api/reminders/rules/r1/test', undefined, jo)).body;

/** One booking for each outcome, named after it. */
async function everyOutcome(): Promise<void> {
  await book('due');
  await book('gone', { state: 'deleted' });
  await book('other-provider', { provider: 'cho' });
  await book('other-type', { type: 'Vaccine' });
  await book('cancelled', { status: 'cancelled' });
  await book('not-waiting', { status: 'arrived' });
  await book('unconfirmed', { state: 'unconfirmed' });
  await book('no-patient', { patient: null });
  await book('confirmed', { participation: 'accepted' });
  await book('no-address', { email: null });
  await book('bad-address', { email: 'mara at mail.example' });
  await book('refused-address');
  await book('opted-out');
  await book('already-sent');
  await book('one-a-day', { patient: 'p-due', start: '2026-11-27T19:00:00Z' });
  await book('lost', { state: 'visibility-lost', provider: 'baker' });
  await book('masked', { masked: true, provider: 'baker' });
  await portal.owner.query(
    `insert into refused_address values ($1, 'c', 'p-refused-address', 'refused-address@mail.example', now())`,
    [harbour],
  );
  await portal.owner.query(`insert into mail_opt_out values ($1, 'c', 'p-opted-out', now())`, [harbour]);
  await portal.owner.query(
    `insert into mail (site_id, mail_id, recipient, state, state_since, created_at, next_attempt_at) values ($1, 'm', 'x', 'accepted', now(), now(), now())`,
    [harbour],
  );
  await portal.owner.query(
    `insert into reminder_log (site_id, entry_id, day, rule_id, outcome, connection_id, office_id, provider_id, booking_id, patient_id, start_at, mail_id, at)
     values ($1, 'e', '2026-11-23', 'r1', 'due', 'c', 'hill', 'abel', 'already-sent', 'p-already-sent', $2, 'm', now())`,
    [harbour, inThreeDays],
  );
}

describe('a rule', () => {
  it('is written by a Site Admin, begins switched off, and nobody overwrites what he did not see', async () => {
    expect((await save({}, { cookie: jo })).status).toBe(403);
    const saved = (await save({})).body as ReminderRule;
    expect(saved).toMatchObject({ ruleId: 'r1', enabled: false, version: 1, name: 'Three days before' });
    expect((await save({}, { version: 0 })).status).toBe(409);
    expect((await save({ name: 'Other' }, { version: 1 })).body).toMatchObject({ version: 2, name: 'Other' });
    expect((await save({}, { version: 1 })).status).toBe(409);
    expect((await send('POST', '/api/reminders/rules/r1/enabled', { version: 2, enabled: true }, jo)).status).toBe(403);
    const seen = await portal.get<Reminders>('/api/reminders', jo);
    expect(seen).toMatchObject({ mayEdit: false, rules: [{ ruleId: 'r1' }], settings: { runAt: '10:00', version: 0 } });
    const elsewhere = await portal.signIn(people.both, island);
    expect((await portal.get<Reminders>('/api/reminders', elsewhere)).rules).toEqual([]);
    expect((await send('DELETE', '/api/reminders/rules/r1', undefined, elsewhere)).status).toBe(404);
    expect((await send('DELETE', '/api/reminders/rules/r1', undefined)).status).toBe(204);
    expect((await portal.get<Reminders>('/api/reminders', jo)).rules).toEqual([]);
  });

  it('is refused at the field: an unknown placeholder, a subject of two lines, a link that leads nowhere or lacks', async () => {
    const refusedAt = async (fields: Partial<RuleFields>) => {
      const { status, body } = await save(fields);
      return [status, ...(body.extra?.fields ?? body.fields ?? []).map(({ path }: { path: string }) => path)];
    };
    expect(await refusedAt({ textEn: 'Hello {first_nam}' })).toEqual([400, 'rule.textEn']);
    expect(await refusedAt({ subjectFr: 'Bonjour {' })).toEqual([400, 'rule.subjectFr']);
    expect(await refusedAt({ subjectEn: 'x\r\nBcc: y@z.example' })).toEqual([400, 'rule.subjectEn']);
    expect(await refusedAt({ textEn: 'Hello {link}' })).toEqual([400, 'rule.textEn']);
    expect(await refusedAt({ confirmation: true })).toEqual([400, 'rule.textEn', 'rule.textFr']);
    expect(await refusedAt({ days: -1, cancellation: true, textEn: '{link}', textFr: '{link}' })).toEqual([
      400,
      'rule.days',
    ]);
    const settings = {
      version: 0,
      runAt: '07:00',
      quietFrom: '20:00',
      quietTo: '08:00',
      testAddress: null,
      keepDays: 365,
    };
    expect((await send('PUT', '/api/reminders/settings', settings)).status).toBe(400);
    expect((await send('PUT', '/api/reminders/settings', { ...settings, runAt: '08:00' })).body).toMatchObject({
      version: 1,
    });
    expect((await send('PUT', '/api/reminders/settings', { ...settings, runAt: '08:00' })).status).toBe(409);
  });
});

describe('Save & Test and the run', () => {
  it('say of every booking of the day one thing, and both the same', async () => {
    await enabledRule({ providerIds: ['abel', 'baker'], typeTexts: ['Vaccine'], typesExcluded: true });
    await everyOutcome();
    const test = await tested();
    expect(test).toMatchObject({ today: '2026-11-24', appointmentDay: '2026-11-27', runAt: '10:00', dueCount: 1 });
    expect(test.due).toMatchObject([{ bookingId: 'due', patientDisplay: 'Mara Madeup', time: '11:00' }]);
    // One for each reason but two: 'gone' is nothing to tell of, and in three days nothing has begun.
    const told = test.skipped.map(
      ({ reason, count, patients }) => `${reason} ${count} ${patients.map((one) => one.bookingId)}`,
    );
    expect(told).toEqual([
      'other-provider 1 ',
      'other-type 1 ',
      'cancelled 1 cancelled',
      'not-waiting 1 not-waiting',
      'unconfirmed 1 unconfirmed',
      'no-patient 1 no-patient',
      'confirmed 1 confirmed',
      'no-address 1 no-address',
      'bad-address 1 bad-address',
      'refused-address 1 refused-address',
      'opted-out 1 opted-out',
      'already-sent 1 already-sent',
      'one-a-day 1 one-a-day',
    ]);
    expect(test.invisible).toEqual([
      {
        officeId: 'hill',
        officeName: 'Lantern Hill',
        providerId: 'baker',
        providerDisplay: 'Dr. Baker Invented',
        gapIds: [],
        missingColumns: 3,
        bookings: 2,
      },
    ]);
    expect(JSON.stringify(test)).not.toMatch(/"(lost|masked)"/);

    await run();
    const names = [
      'already-sent',
      'bad-address',
      'cancelled',
      'confirmed',
      'due',
      'no-address',
      'no-patient',
      'not-waiting',
    ];
    expect((await outcomes()).filter((line) => line !== 'already-sent: due')).toEqual([
      ...names.map((name) => `${name}: ${name}`).slice(0, 5),
      'invisible 2: invisible',
      ...[...names.slice(5), 'one-a-day', 'opted-out', 'refused-address', 'unconfirmed'].map(
        (name) => `${name}: ${name}`,
      ),
    ]);
    await deliver();
    expect(sink.taken.map(({ to }) => to)).toEqual(['due@mail.example']);
    expect(await logOf('?outcome=accepted&rule=r1')).toMatchObject([
      {
        outcome: 'accepted',
        patientDisplay: 'Mara Madeup',
        start: '2026-11-27 11:00:00',
        ruleName: 'Three days before',
      },
      { outcome: 'accepted' },
    ]);
    expect(await logOf('?outcome=invisible')).toMatchObject([{ bookings: 2, patientDisplay: null, start: null }]);
    await portal.owner.query(`update booking set state = 'visibility-lost'`);
    expect((await logOf()).every((entry) => entry.patientDisplay === null)).toBe(true);
  });

  it('runs once a day and site, with five workers side by side, not before its time and not in quiet hours', async () => {
    await enabledRule();
    await book('due');
    await run(fixedClock('2026-11-24T16:59:00Z'));
    expect(await outcomes()).toEqual([]);
    await portal.owner.query(`insert into mail_settings (site_id, run_at) values ($1, '10:00')`, [harbour]);
    await run(fixedClock('2026-11-25T04:00:00Z'));
    expect(await outcomes()).toEqual([]);
    await run(clock, 5);
    await run();
    expect(await outcomes()).toEqual(['due: due']);
    await deliver();
    expect(sink.taken.length).toBe(1);
  });

  it('makes up for days on which nothing ran, for what still lies ahead, and not for a long past', async () => {
    await enabledRule();
    await run();
    await book('missed', { start: '2026-11-28T18:00:00Z' });
    await book('today', { start: '2026-11-29T18:00:00Z' });
    await book('next', { start: '2026-11-30T18:00:00Z' });
    await run(fixedClock('2026-11-26T18:00:00Z'));
    expect(await outcomes()).toEqual(['missed: due', 'today: due']);
    await book('old', { start: '2026-12-01T18:00:00Z' });
    await book('begun', { start: '2026-12-19T18:00:00Z' });
    await run(fixedClock('2026-12-20T18:30:00Z'));
    expect(await outcomes()).toEqual(['begun: too-late', 'missed: due', 'today: due']);
  });

  it('reminds of a moved appointment again, of one that stands once, and of a day in its office’s zone', async () => {
    await enabledRule();
    await book('b');
    // 22:00 on the 26th at Lantern Hill, 01:00 on the 27th at Plain.
    await book('west', { start: '2026-11-27T05:00:00Z' });
    await book('east', { start: '2026-11-27T06:00:00Z', office: 'plain' });
    await run();
    expect(await outcomes()).toEqual(['b: due', 'east: due']);
    await portal.owner.query(
      `update booking set start_at = start_at + interval '1 day', end_at = end_at + interval '1 day' where booking_id in ('b', 'east')`,
    );
    await run(fixedClock('2026-11-25T18:00:00Z'));
    expect(await outcomes()).toEqual(['b: due', 'b: due', 'east: due', 'east: due']);
    const { rows } = await portal.owner.query<{ message: { calendar: { text: string } } }>(
      `select m.message from mail m where m.booking_id = 'b' order by m.created_at`,
    );
    const [first, second] = rows.map(({ message }) => message.calendar.text);
    expect(first).toContain('UID:11-c-b@portal.test');
    expect(second).toContain('UID:11-c-b@portal.test');
    expect(first).toContain('SEQUENCE:0');
    expect(second).toContain('SEQUENCE:1');
    expect(first).toContain('DTSTART:20261127T180000Z');
    expect(second).toContain('DTSTART:20261128T180000Z');
  });

  it('writes in the patient’s language, names the second appointment, and lets him answer where the rule does', async () => {
    await enabledRule({
      confirmation: true,
      cancellation: true,
      textEn: `${rule.textEn}\n\n{link}`,
      textFr: `${rule.textFr}\n\nRépondez : {link}`,
    });
    await book('a', { language: 'fr' });
    await book('b', { patient: 'p-a', start: '2026-11-27T22:30:00Z' });
    await run();
    await deliver();
    const read = await simpleParser(Buffer.from(sink.taken[0]!.raw, 'latin1'));
    expect(read.subject).toBe('Votre rendez-vous du vendredi 27 novembre 2026');
    expect(read.text).toContain(
      'Bonjour Mara,\n\nvendredi 27 novembre 2026 à 11 h 00, Dr. Abel Invented, Lantern Hill.',
    );
    expect(read.text).toMatch(/Répondez : http:\/\/portal\.test\/a\/[\w-]{43}/);
    expect(read.text).toContain('Le même jour vous avez aussi : 15 h 30, Dr. Abel Invented, Lantern Hill.');
    expect(read.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['appointment.ics', 'text/calendar'],
    ]);
    expect(sink.taken.length).toBe(1);
    const { rows } = await portal.owner.query('select purpose from appointment_link');
    expect(rows).toEqual([{ purpose: 'both' }]);
  });

  it('keeps its log for as long as the site says, and what somebody has to look at longer', async () => {
    await enabledRule();
    await book('due');
    await run();
    await deliver();
    await portal.owner.query(`insert into mail_settings (site_id, keep_days) values ($1, 30)`, [harbour]);
    await run(fixedClock('2026-12-24T18:30:00Z'));
    expect(await outcomes()).toEqual(['due: due']);
    await run(fixedClock('2026-12-26T18:30:00Z'));
    expect(await outcomes()).toEqual([]);
    expect((await portal.owner.query('select from mail')).rowCount).toBe(0);
  });
});

describe('a calendar file that a patient has', () => {
  const change = (set: string, id = 'b') =>
    portal.owner.query(`update booking set ${set} where site_id = $1 and booking_id = $2`, [harbour, id]);
  /** What left since `from`: to whom, and what the calendar is told. */
  const files = async (from = 0) =>
    Promise.all(
      sink.taken.slice(from).map(async ({ to, raw }) => {
        const mail = await simpleParser(Buffer.from(raw, 'latin1'));
        const text = mail.attachments[0]!.content.toString('utf8').replaceAll('\r\n ', '');
        const of = (name: string) => new RegExp(`^${name}[;:](.*)\r$`, 'm').exec(text)?.[1];
        const type = /^content-type: text\/calendar;.*method=(\w+)/im.exec(raw)?.[1];
        return {
          to,
          subject: mail.subject,
          method: [of('METHOD'), type],
          uid: of('UID'),
          sequence: of('SEQUENCE'),
          status: of('STATUS'),
          start: of('DTSTART'),
        };
      }),
    );
  /** The reminder is sent; then it is an hour later, and nothing but what follows it up is due. */
  const reminded = async (one: Planted = {}, id = 'b'): Promise<void> => {
    await enabledRule();
    await book(id, one);
    await run();
    await deliver();
    expect(await files()).toMatchObject([
      { method: ['PUBLISH', 'PUBLISH'], uid: `11-c-${id}@portal.test`, sequence: '0', status: 'CONFIRMED' },
    ]);
    clock = fixedClock('2026-11-24T18:05:00Z');
  };
  const followed = async (): Promise<void> => {
    await run(clock, 3);
    await deliver();
  };

  it('is taken out of the calendar when the appointment is cancelled: once, with its UID and a higher number', async () => {
    await reminded();
    await followed();
    expect(sink.taken).toHaveLength(1);
    await change(`status = 'cancelled'`);
    await followed();
    await followed();
    expect(await files(1)).toEqual([
      {
        to: 'b@mail.example',
        subject: 'Cancelled: your appointment of Friday 27 November 2026',
        method: ['CANCEL', 'CANCEL'],
        uid: '11-c-b@portal.test',
        sequence: '1',
        status: 'CANCELLED',
        start: '20261127T180000Z',
      },
    ]);
    expect(await logOf()).toMatchObject([
      { kind: 'withdrawn', outcome: 'accepted', ruleName: 'Three days before' },
      { kind: 'reminder', outcome: 'accepted' },
    ]);
    // The EMR hears that a reminder was sent, and of nothing else.
    expect((await portal.owner.query(`select from write_back where kind = 'mark-reminded'`)).rowCount).toBe(1);
  });

  it.each([
    ['deleted at the EMR', `state = 'deleted'`],
    ['released by a person', `state = 'released'`],
    ['another patient’s by now', `patient_id = 'p-other'`],
    ['entered in error', `status = 'entered-in-error'`],
  ])('is withdrawn when the booking is %s, and its patient alone is told, in his language', async (_what, set) => {
    await book('other');
    await portal.owner.query(`delete from booking where booking_id = 'other'`);
    await reminded({ language: 'fr' });
    await change(set);
    await followed();
    expect(await files(1)).toMatchObject([
      {
        to: 'b@mail.example',
        subject: 'Annulé : votre rendez-vous du vendredi 27 novembre 2026',
        method: ['CANCEL', 'CANCEL'],
      },
    ]);
  });

  it('is moved in the calendar when the appointment is moved, again when it moves again, and taken out at last', async () => {
    await reminded();
    const later = `start_at = start_at + interval '1 day', end_at = end_at + interval '1 day'`;
    await change(later);
    await followed();
    await change(later);
    await followed();
    await change(`status = 'cancelled'`);
    await followed();
    expect(await files(1)).toMatchObject([
      { method: ['PUBLISH', 'PUBLISH'], sequence: '1', status: 'CONFIRMED', start: '20261128T180000Z' },
      { method: ['PUBLISH', 'PUBLISH'], sequence: '2', status: 'CONFIRMED', start: '20261129T180000Z' },
      { method: ['CANCEL', 'CANCEL'], sequence: '3', status: 'CANCELLED', start: '20261129T180000Z' },
    ]);
    const [moved] = await files(1);
    expect(moved!.subject).toBe('Moved: your appointment of Friday 27 November 2026');
    // On its new day the rule reminds of it as of any other, with the next number.
    await change(`status = 'booked'`);
    await run(fixedClock('2026-11-26T18:00:00Z'));
    await deliver();
    expect((await files(4)).map(({ method, sequence }) => [method[0], sequence])).toEqual([['PUBLISH', '4']]);
  });

  it.each([
    ['absent without evidence', `state = 'unconfirmed'`],
    ['out of sight', `state = 'visibility-lost', status = 'cancelled'`],
    ['masked', `patient_masked = true, status = 'cancelled'`],
    ['out of the window', `state = 'out-of-window'`],
    ['of a provider who is not selected any more', `state = 'not-selected'`],
    ['confirmed', `participation = 'accepted'`],
    ['arrived', `status = 'arrived'`],
  ])('says nothing of a booking that is %s', async (_what, set) => {
    await reminded();
    await change(set);
    await followed();
    expect(sink.taken).toHaveLength(1);
    expect(await logOf()).toHaveLength(1);
  });

  it('is not followed up where its mail never left, its patient opted out or has another address, or the time is over', async () => {
    await enabledRule();
    for (const id of ['waiting', 'refused', 'out', 'new', 'over']) await book(id, { email: `${id}@mail.example` });
    await run();
    await portal.owner.query(`update mail set next_attempt_at = 'infinity' where booking_id = 'waiting'`);
    await deliver();
    expect((await files()).map(({ to }) => to).sort()).toEqual([
      'new@mail.example',
      'out@mail.example',
      'over@mail.example',
    ]);
    await portal.owner.query(`insert into mail_opt_out values ($1, 'c', 'p-out', now())`, [harbour]);
    await portal.owner.query(`update patient set email = 'else@mail.example' where patient_id = 'p-new'`);
    await change(`status = 'cancelled'`, 'waiting');
    for (const id of ['refused', 'out', 'new']) await change(`status = 'cancelled'`, id);
    clock = fixedClock('2026-11-24T18:05:00Z');
    await followed();
    clock = fixedClock('2026-11-27T18:00:00Z');
    await change(`status = 'cancelled'`, 'over');
    await followed();
    expect(sink.taken).toHaveLength(3);
  });

  it('could not be delivered: it is not made again', async () => {
    await reminded();
    await change(`status = 'cancelled'`);
    await run(clock);
    await portal.owner.query(`update mail set state = 'failed', reason = 'refused' where state = 'due'`);
    await followed();
    expect(sink.taken).toHaveLength(1);
    expect(await logOf()).toMatchObject([{ kind: 'withdrawn', outcome: 'failed' }, { kind: 'reminder' }]);
  });

  it('is judged once more before it leaves: what is on again is not withdrawn, and later it is if it falls away again', async () => {
    await reminded();
    await change(`status = 'cancelled'`);
    await run(clock);
    await change(`status = 'booked'`);
    await deliver();
    expect(sink.taken).toHaveLength(1);
    expect(await logOf()).toMatchObject([{ kind: 'withdrawn', outcome: 'cancelled', reason: 'back' }, {}]);
    await change(`status = 'cancelled'`);
    await followed();
    expect(await files(1)).toMatchObject([{ method: ['CANCEL', 'CANCEL'], sequence: '2' }]);
  });

  it('went to the test address: while that stands it is followed up there, and afterwards nobody is written to', async () => {
    await portal.owner.query(`insert into mail_settings (site_id, test_address) values ($1, 'test@clinic.example')`, [
      harbour,
    ]);
    await enabledRule();
    await book('b');
    await book('c');
    await run();
    await deliver();
    clock = fixedClock('2026-11-24T18:05:00Z');
    await change(`status = 'cancelled'`);
    await followed();
    expect((await files()).map(({ to, method }) => [to, method[0]])).toEqual([
      ['test@clinic.example', 'PUBLISH'],
      ['test@clinic.example', 'PUBLISH'],
      ['test@clinic.example', 'CANCEL'],
    ]);
    await portal.owner.query('update mail_settings set test_address = null');
    await change(`status = 'cancelled'`, 'c');
    await followed();
    expect(sink.taken).toHaveLength(3);
  });
});

describe('opting out', () => {
  const headers = { host: 'portal.test', 'content-type': 'application/x-www-form-urlencoded' };
  async function address(): Promise<string> {
    await enabledRule();
    await book('due');
    await run();
    await deliver();
    const { raw } = sink.taken[0]!;
    expect(raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    const url = /^List-Unsubscribe: <(.*?)>/ms.exec(raw.replaceAll(/\r\n[ \t]/g, ''))![1]!;
    return new URL(url).pathname;
  }
  const optedOut = async () => (await portal.owner.query('select patient_id from mail_opt_out')).rows;
  const post = (path: string, payload: string, type = headers['content-type']) =>
    portal.app.inject({ method: 'POST', url: path, headers: { ...headers, 'content-type': type }, payload });

  it('is one POST; a GET and an empty form change nothing; a token that is not one leads nowhere', async () => {
    const path = await address();
    const page = await portal.app.inject({ method: 'GET', url: path, headers: { 'accept-language': 'fr' } });
    expect(page.body).toContain('Plus de rappels ?');
    expect((await post(path, '')).body).toContain('No more reminders?');
    expect((await post(path, 'List-Unsubscribe=Two-Clicks')).statusCode).toBe(200);
    expect(
      (await post(`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`, 'List-Unsubscribe=One-Click')).statusCode,
    ).toBe(404);
    expect(await optedOut()).toEqual([]);
    const answer = await post(path, 'List-Unsubscribe=One-Click');
    expect(answer.body).toContain('You get no more reminders');
    expect(await optedOut()).toEqual([{ patient_id: 'p-due' }]);
    await portal.owner.query('delete from mail_opt_out');
    const part = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    await post(path, part, 'multipart/form-data; boundary=x');
    await post(path, 'do=opt-out');
    expect(await optedOut()).toEqual([{ patient_id: 'p-due' }]);
    await book('later', { patient: 'p-due', start: '2026-11-28T18:00:00Z' });
    await run(fixedClock('2026-11-25T18:00:00Z'));
    expect(await outcomes()).toContain('later: opted-out');
  });
});
