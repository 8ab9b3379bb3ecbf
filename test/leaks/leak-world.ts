// Random worlds of one clinic for the explain-leaks proof: patients whose every word is a mark, bookings that the portal lists, that it holds and
// may not show, and of which it has never heard; whatever the portal remembers of them; and another site that has the same places. Every row of
// the clinic comes by the real synchroniser from the EMR's own app; what was done with a booking is done while it is listed.
import { createGapKeeper, features, type GapKeeper } from '../../src/connect/index.ts';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { addDays, instantOf, todayIn } from '../../src/platform/zones.ts';
import { createReminderWorker } from '../../src/portal/index.ts';
import { type SyncClinic, slices, syncClinic, tenantId } from '../sync-clinic.ts';
import { certificateSeed, sealingKey, siteId } from '../sync-portal.ts';

export const otherSiteId = siteId + 1;

/** Why the portal does not show it. */
export const hiddenKinds = [
  'masked after it was shown',
  'masked always',
  'lost',
  'never granted',
  'beyond the window',
  'entered in error',
  'not selected',
  'of the other site',
] as const;
export type HiddenKind = (typeof hiddenKinds)[number];

/** What somebody may ask with. Of each patient and each booking no word is anybody else's, not even the first five letters. */
export interface Words {
  readonly family: string;
  readonly given: string;
  readonly patientId: string;
  readonly chart: string;
  readonly email: string;
  readonly phone: string;
  readonly bookingId: string;
  readonly type: string;
  /** In the office's zone. */
  readonly date: string;
  readonly time: string;
  readonly office: string;
  readonly provider: string;
  /** Of what was fetched for it from the chart. */
  readonly fetchId: string;
}

export interface Thing extends Words {
  readonly kind: HiddenKind | 'shown';
  /** shown: of the same patient there is a booking that is not. */
  readonly beside: Words | null;
}

export interface LeakWorld {
  readonly things: readonly Thing[];
  /** Days on which there is anything. */
  readonly dates: readonly string[];
  readonly ruleId: string;
}

export const doors = ['portal', 'connect'] as const;
export type Door = (typeof doors)[number];
export interface Asker {
  readonly name: string;
  readonly inside: boolean;
  readonly cookies: Readonly<Record<Door, string>>;
}

export interface LeakClinic {
  readonly clinic: SyncClinic;
  readonly bases: Readonly<Record<Door, string>>;
  readonly askers: readonly Asker[];
  /** Of nobody yet. */
  word(): string;
  /** The same seed makes the same world; the first two have every kind between them. */
  make(seed: number, turn: number): Promise<LeakWorld>;
  /** As if nothing that may not be seen had ever been, in the portal. */
  forgetHidden(world: LeakWorld): Promise<void>;
  close(): Promise<void>;
}

const ruleId = 'rule';
const siteZone = 'America/Vancouver';
/** As the clinic has them. By the zone module: what a database's own tables say of a zone may be older. */
const zones: Readonly<Record<string, string>> = { hill: 'America/Vancouver', shore: 'America/Edmonton' };
const instantIn = (office: string, date: string, time: string): Date => instantOf(zones[office]!, date, time);
/** Two hours apart, so that a time on the hour between them is nobody's. */
const hours = ['06:00', '08:00', '10:00', '12:00', '14:00', '16:00', '18:00'] as const;
export const hourAfter = (time: string): string => `${String(Number(time.slice(0, 2)) + 1).padStart(2, '0')}:00`;

/** Words that have never been used before: letters from a counter, so that no two share a beginning. */
function wordMaker(): () => string {
  let made = 0;
  return () => {
    made += 1;
    let [left, text] = [made * 7919 + 104_729, ''];
    for (let n = 0; n < 5; n += 1) {
      text += 'bcdfghjklmnpqrstvwxz'[left % 20];
      left = Math.floor(left / 20);
    }
    return `${text[0]!.toUpperCase()}${text.slice(1)}`;
  };
}

interface Plan {
  /** What the integration user holds of each pair, while everything is done and when it is asked. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly deselected: string | null;
}
const first: readonly Plan[] = [
  { before: [63, 63, 63, 0], after: [63, 62, 61, 0], deselected: null },
  { before: [63, 62, 63, 63], after: [63, 62, 63, 31], deselected: 'baker' },
];
const drawn = <T>(random: () => number, some: readonly T[]): T => some[Math.floor(random() * some.length)]!;

const planOf = (random: () => number, turn: number): Plan =>
  first[turn] ?? {
    before: slices.map(() => drawn(random, [63, 63, 63, 62, 34, 0])),
    after: slices.map(() => drawn(random, [63, 63, 62, 61, 60, 55, 47, 34, 31, 0])),
    deselected: drawn(random, [null, null, null, 'abel', 'baker']),
  };

export async function openLeakClinic(adminUrl: string): Promise<LeakClinic> {
  const clinic = await syncClinic({ adminUrl, perSlice: 1 });
  const { emr, portal, syncUrl } = clinic;
  const log = createLog({ level: 'fatal', name: 'test' });
  const keeper: GapKeeper = createGapKeeper({ syncUrl, sealingKey, certificateSeed, clock: systemClock, log });
  const reminders = createReminderWorker({ syncUrl, publicUrl: 'http://portal.test', clock: systemClock, log });
  const bases = { portal: await clinic.listenPortal(), connect: await clinic.listen() };
  const word = wordMaker();

  await clinic.select(['abel', 'baker', 'cho'], { features: [...features] });
  await portal.query(
    `insert into mail_settings (site_id, run_at, quiet_from, quiet_to) values ($1, '00:00', '00:00', '00:00')`,
    [siteId],
  );
  await portal.query(
    `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, enabled, created_at)
     values ($1, $2, 'Rule', 3, '{}', '{}', false, true, false, 0, false, false, 's', '{link}', 's', '{link}', true, now())`,
    [siteId, ruleId],
  );
  await portal.query(`insert into site (site_id, name, zone) values ($1, 'Other Clinic', 'America/Vancouver')`, [
    otherSiteId,
  ]);

  const session = async (userId: string, at: number, isWhole = true, since = systemClock.now()) => {
    const tokens = { portal: randomToken(), connect: randomToken() };
    for (const door of doors)
      await portal.query(
        `insert into portal_session (token_hash, app, user_id, site_id, created_at, last_seen_at, second_factor_at)
         values ($1, $2, $3, $4, $5, $5, case when $6 then $5::timestamptz end)`,
        [sha256(tokens[door]), door, userId, at, since, isWhole],
      );
    return tokens;
  };
  const cookiesOf = (tokens: Readonly<Record<Door, string>>) => ({
    portal: `tidegate_portal=${tokens.portal}`,
    connect: `tidegate_connect=${tokens.connect}`,
  });
  const askers: Asker[] = [];
  const weekAgo = new Date(systemClock.now().getTime() - 7 * 24 * 60 * 60_000);
  for (const [name, role, at, more] of [
    ['a Site Admin', 'site-admin', siteId, {}],
    ['a member', 'member', siteId, {}],
    ['a Site Admin of another site', 'site-admin', otherSiteId, {}],
    ['a member of another site', 'member', otherSiteId, {}],
    ['a Site Admin whose session has ended', 'site-admin', siteId, { since: weekAgo }],
    ['a Site Admin who has given a password alone', 'site-admin', siteId, { isWhole: false }],
    ['somebody who was deactivated', 'site-admin', siteId, { gone: true }],
  ] as const) {
    const userId = `user-${askers.length}`;
    await portal.query(
      `insert into portal_user (user_id, email, display_name, password_hash, active) values ($1, $1 || '@leaks.example', $1, '', $2)`,
      [userId, !('gone' in more)],
    );
    await portal.query('insert into site_member (site_id, user_id, role) values ($1, $2, $3)', [at, userId, role]);
    const tokens = await session(userId, at, !('isWhole' in more), 'since' in more ? more.since : systemClock.now());
    askers.push({ name, inside: at === siteId && Object.keys(more).length === 0, cookies: cookiesOf(tokens) });
  }
  askers.push({ name: 'nobody', inside: false, cookies: { portal: '', connect: '' } });
  const patientsToken = randomToken();
  askers.push({
    name: 'a patient with a link',
    inside: false,
    cookies: cookiesOf({ portal: patientsToken, connect: patientsToken }),
  });

  const empty = async () => {
    await portal.query(
      `truncate booking, patient, schedule, write_back, appointment_link, opt_out_link, staff_task, reminder_run, reminder_log, mail, saved_fetch,
                stored_file, thread, connect.gap_record cascade`,
    );
    await portal.query('delete from office where site_id = $1', [otherSiteId]);
    await portal.query('delete from provider where site_id = $1', [otherSiteId]);
    await emr.query('truncate appointment, patient, patient_pair cascade');
  };

  const grants = async (masks: readonly number[]) => {
    for (const [at, slice] of slices.entries()) await clinic.grant(slice, masks[at]!);
  };
  const run = async () => {
    const { state } = await clinic.sync('full');
    if (!state.startsWith('complete')) throw new Error(`the full run ended ${state}`);
  };
  const asAdmin = async (url: string, body: object) => {
    const answer = await clinic.askPortal('POST', url, body);
    if (answer.statusCode >= 400) throw new Error(`${url}: ${answer.statusCode}`);
    return answer.json<Record<string, string>>();
  };

  const wordsFor = (office: string, provider: string): Omit<Words, 'date' | 'time'> => {
    const one = word();
    return {
      family: `${one}family`,
      given: `${word()}given`,
      patientId: `${word()}-patient`,
      chart: `${word()}-chart`,
      email: `${word()}@mail.example`,
      phone: `604-${word()}`,
      bookingId: `${word()}-booking`,
      type: `${word()}type`,
      fetchId: `${word()}-fetch`,
      office,
      provider,
    };
  };
  const insertPatient = (of: Omit<Words, 'date' | 'time'>) =>
    emr.query(
      `insert into patient (tenant_id, patient_id, family, given, birth_date, gender, phone, email, language, chart_number)
       values ($1, $2, $3, $4, '1988-02-29', 'female', $5, $6, 'en', $7)`,
      [tenantId, of.patientId, of.family, of.given, of.phone, of.email, of.chart],
    );
  const insertBooking = async (
    of: Omit<Words, 'date' | 'time'>,
    day: number,
    time: string,
    status = 'booked',
  ): Promise<Words> => {
    const date = addDays(todayIn(siteZone, systemClock), day);
    await emr.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, start_at, end_at)
       values ($1, $2, $3, $4, $5, $8, $6, $7, $7::timestamptz + interval '15 minutes')`,
      [tenantId, of.bookingId, of.office, of.provider, of.patientId, of.type, instantIn(of.office, date, time), status],
    );
    return { ...of, date, time };
  };

  /** What is kept of a booking that is listed: a link, an act that waits, a thread, a file of the chart, a reminder. */
  const remember = async (of: Words) => {
    const { patientId, bookingId, family } = of;
    await asAdmin(`/api/bookings/${bookingId}/link`, {});
    const { rows } = await portal.query<{ version: string }>(
      'select emr_version as version from booking where site_id = $1 and booking_id = $2',
      [siteId, bookingId],
    );
    const pressId = () => crypto.randomUUID();
    await asAdmin(`/api/bookings/${bookingId}/mark-confirmed`, { pressId: pressId(), version: rows[0]!.version });
    await portal.query(
      `update write_back set state = 'parked', missing_columns = 2 where site_id = $1 and booking_id = $2`,
      [siteId, bookingId],
    );
    await asAdmin('/api/threads', {
      pressId: pressId(),
      bookingId,
      subject: `About ${family}`,
      text: `Of ${patientId}`,
      fileIds: [],
    });
    await portal.query(
      `insert into saved_fetch (site_id, fetch_id, connection_id, booking_id, patient_id, office_id, provider_id, asked_by, asked_at, state, lacking)
       values ($1, $2, $3, $4, $5, $6, $7, 'user-0', now(), 'done', '[]')`,
      [siteId, of.fetchId, clinic.connectionId, bookingId, patientId, of.office, of.provider],
    );
    await portal.query(
      `insert into stored_file (site_id, file_id, media_type, title, bytes, begun_at, arrived_at, fetch_id)
       values ($1, $2, 'text/plain', $3, 1, now(), now(), $2)`,
      [siteId, of.fetchId, `Letter of ${family}`],
    );
  };

  const fillOther = async (random: () => number): Promise<Words> => {
    const [office, provider] = drawn(random, slices);
    const of = wordsFor(office, provider);
    const { connectionId } = clinic;
    const place = (sql: string, ...values: unknown[]) => portal.query(sql, [otherSiteId, connectionId, ...values]);
    for (const id of Object.keys(zones))
      await place(
        `insert into office (site_id, connection_id, office_id, name, zone) select $1, $2, $3, 'Office', zone from office where site_id = $4 and office_id = $3`,
        id,
        siteId,
      );
    await place(
      `insert into provider (site_id, connection_id, provider_id, display) select $1, $2, provider_id, 'Dr. Other' from provider where site_id = $3`,
      siteId,
    );
    await place(
      `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, outcome, matched_as_of)
       select $1, $2, office_id, provider_id, true, 'readable', now(), 'complete', now() from schedule where site_id = $3`,
      siteId,
    );
    await place(
      `insert into patient (site_id, connection_id, patient_id, family, given, birth_date, phone, email, chart_number, emr_version)
       values ($1, $2, $3, $4, $5, '1988-02-29', $6, $7, $8, '1')`,
      of.patientId,
      of.family,
      of.given,
      of.phone,
      of.email,
      of.chart,
    );
    const time = '20:00';
    const date = addDays(todayIn(siteZone, systemClock), 2);
    await place(
      `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation, type_text,
                            start_at, end_at, emr_version, emr_last_updated, state, state_since)
       values ($1, $2, $3, $4, $5, $6, false, 'booked', 'needs-action', $7, $8, $8::timestamptz + interval '15 minutes', '1', now(), 'present', now())`,
      of.bookingId,
      office,
      provider,
      of.patientId,
      of.type,
      instantIn(office, date, time),
    );
    return { ...of, date, time };
  };

  const make: LeakClinic['make'] = async (seed, turn) => {
    const random = seededRandom(seed);
    const plan = planOf(random, turn);
    await empty();
    await clinic.select(['abel', 'baker', 'cho']);
    await grants(plan.before);
    const slots = Array.from({ length: 10 }, (_, day) => hours.map((time) => ({ day: day + 1, time, by: random() })))
      .flat()
      .sort((a, b) => a.by - b.by);
    const dayOf = new Map<string, number>();
    const book = async (of: Omit<Words, 'date' | 'time'>, status?: string, later = 0) => {
      const { day, time } = slots.pop()!;
      dayOf.set(of.bookingId, day + later);
      return insertBooking(of, day + later, time, status);
    };
    const made: { readonly at: number; readonly words: Words; readonly others?: HiddenKind }[] = [];
    const pairs = new Map<number, { readonly at: number; readonly words: Words }[]>();
    for (const [at, [office, provider]] of slices.entries()) {
      for (let n = 0; n < 2; n += 1) {
        const of = wordsFor(office, provider);
        await insertPatient(of);
        made.push({ at, words: await book(of) });
      }
      const far = wordsFor(office, provider);
      await insertPatient(far);
      made.push({ at, words: await book(far, 'booked', 20), others: 'beyond the window' });
      const wrong = wordsFor(office, provider);
      await insertPatient(wrong);
      made.push({ at, words: await book(wrong, 'entered-in-error'), others: 'entered in error' });
    }
    // One patient who sees everybody: what of him is shown must not tell of the rest.
    const shared = wordsFor('hill', 'abel');
    await insertPatient(shared);
    const his: { at: number; words: Words }[] = [];
    for (const [at, [office, provider]] of slices.entries()) {
      const { bookingId, type, fetchId } = wordsFor(office, provider);
      his.push({ at, words: await book({ ...shared, bookingId, type, fetchId, office, provider }) });
    }
    pairs.set(0, his);
    await emr.query(
      `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
       select distinct tenant_id, patient_id, office_id, provider_id from appointment where tenant_id = $1`,
      [tenantId],
    );
    await run();
    const wasShown = new Set((await clinic.listed()).map(({ id }) => id));
    // Of one who stays, and of all who do not.
    const stays = made.find(({ at, words }) => (plan.after[at]! & 35) === 35 && wasShown.has(words.bookingId));
    for (const one of [...made, ...his])
      if (
        wasShown.has(one.words.bookingId) &&
        (one === stays || his.includes(one) || (plan.after[one.at]! & 35) !== 35)
      )
        await remember(one.words);
    // Of the day on which somebody is reminded who may not be seen afterwards, where there is one.
    const isLost = ({ at, words }: { readonly at: number; readonly words: Words }) =>
      wasShown.has(words.bookingId) && (plan.after[at]! & 35) !== 35;
    const remindedOf = made.find(isLost)?.words ?? made[0]!.words;
    await portal.query('update reminder_rule set days = $1', [dayOf.get(remindedOf.bookingId)]);
    await reminders.drain();

    await grants(plan.after);
    if (plan.deselected !== null)
      await clinic.select(['abel', 'baker', 'cho'].filter((one) => one !== plan.deselected));
    await run();
    await portal.query('truncate reminder_run');
    await reminders.drain();
    await keeper.drain();
    const other = await fillOther(random);

    const isShown = (at: number) => (plan.after[at]! & 35) === 35 && slices[at]![1] !== plan.deselected;
    const kindOf = (at: number, words: Words): HiddenKind => {
      const mask = plan.after[at]!;
      if (slices[at]![1] === plan.deselected) return 'not selected';
      const before = wasShown.has(words.bookingId);
      if ((mask & 34) === 34) return before ? 'masked after it was shown' : 'masked always';
      return before || (plan.before[at]! & 34) === 34 ? 'lost' : 'never granted';
    };
    const shownHis = his.filter(({ at }) => isShown(at));
    const hiddenHis = his.filter(({ at }) => !isShown(at) && slices[at]![1] !== plan.deselected);
    const things: Thing[] = [
      ...made.map(({ at, words, others }): Thing => {
        const kind = others ?? (isShown(at) ? 'shown' : kindOf(at, words));
        return { ...words, kind, beside: null };
      }),
      ...shownHis.map(({ words }): Thing => ({ ...words, kind: 'shown', beside: hiddenHis[0]?.words ?? null })),
      ...(shownHis.length > 0
        ? []
        : his.map(({ at, words }): Thing => ({ ...words, kind: kindOf(at, words), beside: null }))),
      { ...other, kind: 'of the other site', beside: null },
    ];
    return { things, dates: [...new Set(things.map(({ date }) => date))].sort(), ruleId };
  };

  return {
    clinic,
    bases,
    askers,
    word,
    make,
    forgetHidden: async ({ things }) => {
      const hidden = things.flatMap((one) =>
        one.kind === 'shown' ? (one.beside ? [one.beside.bookingId] : []) : [one.bookingId],
      );
      const patients = things.flatMap((one) => (one.kind === 'shown' ? [] : [one.patientId]));
      const shown = new Set(things.flatMap((one) => (one.kind === 'shown' ? [one.patientId] : [])));
      const list = (ids: readonly string[]) => ids.map((id) => `'${id}'`).join(',') || `''`;
      // One message, so that one connection does all of it; the keys between the tables would only dictate an order.
      await portal.query(
        `set session_replication_role = replica;
         ${['appointment_link', 'write_back', 'thread', 'saved_fetch', 'reminder_log', 'mail', 'booking']
           .map((table) => `delete from ${table} where booking_id in (${list(hidden)});`)
           .join('\n')}
         delete from patient where patient_id in (${list(patients.filter((id) => !shown.has(id)))});
         set session_replication_role = origin`,
      );
    },
    close: async () => {
      await Promise.all([keeper.stop(), reminders.stop()]);
      await clinic.close();
    },
  };
}
