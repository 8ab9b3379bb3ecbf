// The books of reminders. Random worlds of patients and bookings, one rule, a run and a mailer whose server refuses and hangs up. The world
// was made here, so what every booking has to come to is known here: counted by another way than the statement's, the books balance.
import fc from 'fast-check';
import { fixedClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { createMailWorker, createReminderWorker } from '../../src/portal/index.ts';
import { createTestPortal, harbour, type TestPortal } from '../../src/portal/test-portal.ts';
import { type MailSink, startMailSink } from '../mail-sink.ts';
import type { Proof, Saboteur } from './proof.ts';

const worlds = { full: 200, reduced: 4 } as const;

interface Booking {
  readonly patient: number;
  readonly provider: 'abel' | 'baker';
  readonly minutes: number;
  readonly status: string;
  readonly participation: string;
  readonly state: string;
  readonly masked: boolean;
}
interface World {
  /** Of each patient: how his address answers. */
  readonly patients: readonly ('good' | 'refused' | 'cut' | 'none' | 'bad' | 'opted-out')[];
  readonly bookings: readonly Booking[];
  readonly ruleProvider: 'abel' | null;
  readonly alsoConfirmed: boolean;
}

const anyWorld: fc.Arbitrary<World> = fc.record({
  patients: fc.array(fc.constantFrom('good', 'good', 'good', 'refused', 'cut', 'none', 'bad', 'opted-out'), {
    minLength: 4,
    maxLength: 12,
  }),
  bookings: fc.array(
    fc.record({
      patient: fc.nat(11),
      provider: fc.constantFrom('abel', 'abel', 'baker'),
      minutes: fc.integer({ min: 0, max: 600 }),
      status: fc.constantFrom('booked', 'booked', 'booked', 'booked', 'cancelled', 'arrived', 'noshow'),
      participation: fc.constantFrom('needs-action', 'needs-action', 'accepted'),
      state: fc.constantFrom('present', 'present', 'present', 'present', 'unconfirmed', 'visibility-lost', 'deleted'),
      masked: fc.constantFrom(false, false, false, false, false, true),
    }),
    { minLength: 20, maxLength: 60 },
  ),
  ruleProvider: fc.constantFrom(null, null, 'abel'),
  alsoConfirmed: fc.boolean(),
});

/** One of everything, so that nothing that is counted depends on chance. */
const everything: World = {
  patients: ['good', 'refused', 'cut', 'none', 'bad', 'opted-out', 'good'],
  bookings: Array.from({ length: 10 }, (_, index) => ({
    patient: index,
    provider: index === 6 ? 'baker' : 'abel',
    minutes: index * 10,
    status: 'booked',
    participation: 'needs-action',
    state: index === 8 ? 'visibility-lost' : 'present',
    masked: index === 9,
  })),
  ruleProvider: 'abel',
  alsoConfirmed: false,
};

/** What the books are about, and what has to stand on their other side. */
type Books = Record<'due' | 'sent' | 'skipped' | 'failed' | 'uncertain' | 'invisible', number>;

function expectedOf({ patients, bookings, ruleProvider, alsoConfirmed }: World): Books {
  const books: Books = { due: 0, sent: 0, skipped: 0, failed: 0, uncertain: 0, invisible: 0 };
  const written = new Set<number>();
  const inOrder = bookings
    .map((booking, index) => ({ ...booking, id: idOf(index) }))
    .sort((a, b) => a.minutes - b.minutes || (a.id < b.id ? -1 : 1));
  for (const one of inOrder) {
    if (one.state === 'deleted' || (ruleProvider !== null && one.provider !== ruleProvider)) continue;
    books.due += 1;
    if (one.state === 'visibility-lost' || one.masked) {
      books.invisible += 1;
      continue;
    }
    const patient = one.patient % patients.length;
    const answers = patients[patient]!;
    const fits =
      one.status === 'booked' && one.state === 'present' && (alsoConfirmed || one.participation !== 'accepted');
    if (!fits || ['none', 'bad', 'opted-out'].includes(answers) || written.has(patient)) {
      books.skipped += 1;
      continue;
    }
    written.add(patient);
    books[answers === 'refused' ? 'failed' : answers === 'cut' ? 'uncertain' : 'sent'] += 1;
  }
  return books;
}

const idOf = (index: number): string => `b${String(index).padStart(3, '0')}`;
const addressOf = (answers: World['patients'][number], index: number): string | null =>
  answers === 'none' ? null : answers === 'bad' ? 'no address' : `${answers}${index}@mail.example`;

async function make({ owner }: TestPortal, { patients, bookings, ruleProvider, alsoConfirmed }: World): Promise<void> {
  await owner.query(
    'truncate reminder_rule, reminder_run, mail, staff_task, booking, patient, mail_opt_out, opt_out_link, refused_address cascade',
  );
  await owner.query(
    `insert into patient (site_id, connection_id, patient_id, family, given, email, emr_version)
     select $1, 'c', id, 'Madeup', 'Mara', email, '1' from unnest($2::text[], $3::text[]) as p (id, email)`,
    [harbour, patients.map((_, index) => `p${index}`), patients.map(addressOf)],
  );
  await owner.query(`insert into mail_opt_out select $1, 'c', id, now() from unnest($2::text[]) id`, [
    harbour,
    patients.flatMap((answers, index) => (answers === 'opted-out' ? [`p${index}`] : [])),
  ]);
  const column = <K extends keyof Booking>(key: K) => bookings.map((one) => one[key]);
  await owner.query(
    `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation, start_at,
                          end_at, emr_version, emr_last_updated, state, state_since)
     select $1, 'c', id, 'hill', provider, patient, masked, status, participation,
            '2026-11-27T15:00:00Z'::timestamptz + minutes * interval '1 minute', '2026-11-28T02:00:00Z', '1', now(), state, now()
       from unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::integer[], $9::text[])
            as b (id, provider, patient, masked, status, participation, minutes, state)`,
    [
      harbour,
      bookings.map((_, index) => idOf(index)),
      column('provider'),
      bookings.map(({ patient }) => `p${patient % patients.length}`),
      column('masked'),
      column('status'),
      column('participation'),
      column('minutes'),
      column('state'),
    ],
  );
  await owner.query(
    `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, enabled, created_at)
     values ($1, 'r', 'r', 3, $2, '{}', false, false, false, 0, false, $3, 's', 't', 's', 't', true, now())`,
    [harbour, ruleProvider === null ? [] : [ruleProvider], alsoConfirmed],
  );
}

async function run({ database }: TestPortal, sink: MailSink): Promise<void> {
  const clock = fixedClock('2026-11-24T18:00:00Z');
  const log = createLog({ level: 'silent', name: 'reminder-books' });
  const syncUrl = database.urlFor('portal_sync');
  const reminders = createReminderWorker({ syncUrl, publicUrl: 'http://portal.test', clock, log });
  await reminders.drain();
  await reminders.stop();
  const mailer = createMailWorker({ syncUrl, smtpUrl: sink.url, from: 'no-reply@harbour.example', clock, log });
  await mailer.drain();
  await mailer.stop();
}

async function booksOf({ owner }: TestPortal): Promise<Books> {
  const { rows } = await owner.query<Books>(
    `select coalesce(sum(l.bookings) filter (where m.state = 'accepted'), 0) as sent,
            coalesce(sum(l.bookings) filter (where l.outcome not in ('due', 'invisible') or m.state = 'cancelled'), 0) as skipped,
            coalesce(sum(l.bookings) filter (where m.state = 'failed'), 0) as failed,
            coalesce(sum(l.bookings) filter (where m.state = 'uncertain'), 0) as uncertain,
            coalesce(sum(l.bookings) filter (where l.outcome = 'invisible'), 0) as invisible,
            (select count(*) from booking b, reminder_rule r where b.state <> 'deleted'
               and (cardinality(r.provider_ids) = 0 or b.provider_id = any (r.provider_ids))) as due
       from reminder_log l left join mail m on m.site_id = l.site_id and m.mail_id = l.mail_id`,
  );
  return rows[0]!;
}

/** What does not balance, or is not what the world makes of it. */
async function check(portal: TestPortal, world: World, sink: MailSink): Promise<string[]> {
  const books = await booksOf(portal);
  const expected = expectedOf(world);
  const wrong: string[] = [];
  const other = books.sent + books.skipped + books.failed + books.uncertain + books.invisible;
  if (books.due !== other) wrong.push(`${books.due} due and ${other} on the other side`);
  for (const [name, value] of Object.entries(expected)) {
    if (books[name as keyof Books] !== value) wrong.push(`${name} ${books[name as keyof Books]}, expected ${value}`);
  }
  if (sink.taken.length !== books.sent + books.uncertain) wrong.push(`${sink.taken.length} at the server`);
  return wrong;
}

export const proveReminderBooks: Proof = async ({ adminUrl, full, seed, say }) => {
  const portal = await createTestPortal(adminUrl);
  const sink = await startMailSink();
  const failures: string[] = [];
  const met: Books = { due: 0, sent: 0, skipped: 0, failed: 0, uncertain: 0, invisible: 0 };
  const saboteurs: Saboteur[] = [];
  try {
    await portal.owner.query(`insert into office values ($1, 'c', 'hill', 'Lantern Hill', 'America/Vancouver')`, [
      harbour,
    ]);
    const some = [everything, ...fc.sample(anyWorld, { numRuns: full ? worlds.full : worlds.reduced, seed })];
    for (const [index, world] of some.entries()) {
      await make(portal, world);
      sink.taken.length = 0;
      await run(portal, sink);
      const wrong = await check(portal, world, sink);
      failures.push(...wrong.map((one) => `world ${index}: ${one}`));
      const books = await booksOf(portal);
      for (const name of Object.keys(met) as (keyof Books)[]) met[name] += books[name];
    }
    say(JSON.stringify(met));
    for (const [name, value] of Object.entries(met)) if (value === 0) failures.push(`nothing exercised: ${name}`);

    const plant = async (name: string, ...statements: string[]) => {
      await make(portal, everything);
      sink.taken.length = 0;
      await run(portal, sink);
      for (const statement of statements) await portal.owner.query(statement);
      saboteurs.push({ name, caught: (await check(portal, everything, sink)).length > 0 });
    };
    await plant(
      'a booking without an outcome',
      `delete from reminder_log where (site_id, entry_id) in (select site_id, entry_id from reminder_log where outcome <> 'due' limit 1)`,
    );
    await plant(
      'an invisible booking is not counted',
      `update reminder_log set bookings = bookings - 1 where outcome = 'invisible'`,
    );
    await plant(
      'a mail is said to be sent that is not',
      `update mail set state = 'accepted' where state in ('failed', 'uncertain')`,
    );
    return { cases: some.length, failures, saboteurs };
  } finally {
    await portal.close();
    await sink.close();
  }
};
