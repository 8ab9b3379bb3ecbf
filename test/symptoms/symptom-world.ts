// The world of the five symptoms: four provider schedules in two offices, each with an appointment that was reminded of while everything was
// granted, one whose reminder comes due afterwards, and something of the chart that was picked with Save for Ocean. Real databases, the EMR
// over HTTP, every worker real, mail over SMTP.
import { createHash } from 'node:crypto';
import { createSavedFetcher, createWriteBackWorker, features } from '../../src/connect/index.ts';
import { columnsIn } from '../../src/fhir/columns.ts';
import { fixedClock, systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import type { SavedFetch } from '../../src/portal/contract/messages.ts';
import type { PatientsPage } from '../../src/portal/contract/patients.ts';
import { createMailWorker, createReminderWorker } from '../../src/portal/index.ts';
import { formWith } from '../links/link-page-reader.ts';
import { ask } from '../links/personas.ts';
import { type MailSink, startMailSink } from '../mail-sink.ts';
import { all, type Slice, type SyncClinic, slices, syncClinic, tenantId } from '../sync-clinic.ts';
import { sealingKey, siteId } from '../sync-portal.ts';
import type { Symptom } from './predicted.ts';

/** The pairs that a mask is put on, one in each office; whoever else is there keeps everything. */
export const pairs: readonly Slice[] = [slices[0], slices[2]];

export const keyOf = ([office, provider]: Slice): string => `${office}-${provider}`;
/** Days from today of an appointment that was reminded of, of one of the same patient with the office's other provider, and of one to come. */
const days = { reminded: 3, chart: 4, due: 5 } as const;
type BookingKind = keyof typeof days;
const idOf = (kind: BookingKind, slice: Slice): string => `${kind}-${keyOf(slice)}`;
const emailOf = (kind: BookingKind, slice: Slice): string => `${idOf(kind, slice)}@mail.example`;
export const documentOf = (slice: Slice): string => `Letter of ${keyOf(slice)}`;
export const resultOf = (slice: Slice): string => `Ferritin of ${keyOf(slice)}`;

/** What is seen of one pair. */
export interface Seen {
  readonly symptoms: readonly Symptom[];
  /** The columns that the portal names where something could not be fetched. */
  readonly lacking: readonly string[];
}
export type SeenByPair = Readonly<Record<string, Seen>>;

export interface SymptomWorld {
  readonly clinic: SyncClinic;
  readonly sink: MailSink;
  /** Dates of the appointments, 'YYYY-MM-DD'. */
  readonly dateOf: Readonly<Record<BookingKind, string>>;
  /** Everything granted and synchronised, nothing sent, nothing confirmed, something saved for Ocean of each pair. */
  begin(): Promise<void>;
  /** The daily run, today or days later, for the appointments of that kind, and its delivery. */
  remind(kind: 'reminded' | 'due', daysLater?: number): Promise<void>;
  /** The mask on one pair, everything on the others, and a full run. Throws where the run does not end complete. */
  apply(slice: Slice, mask: number): Promise<void>;
  /** Of the reminder of that pair: where its patient answers. */
  linkOf(slice: Slice): string;
  birthDateOf(slice: Slice): string;
  bookingOf(kind: BookingKind, slice: Slice): string;
  /** What is asked for with a booking's dialog, once fetched. */
  fetchSaved(slice: Slice): Promise<SavedFetch>;
  /** Fetches what somebody has asked for on the screens. */
  fetchAsked(): Promise<void>;
  /** Presses Confirm on the page of the link, as the patient does; resolves to what the page then says. */
  confirm(slice: Slice): Promise<string>;
  /** Whether the EMR itself has it confirmed, whatever anybody was told. */
  isConfirmed(slice: Slice): Promise<boolean>;
  reminders(kind: 'reminded' | 'due', slice: Slice): number;
  /** Lets every write-back that can be delivered be delivered. */
  settle(): Promise<void>;
  /** What is not as it was before: one line each. */
  leftOver(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openSymptomWorld(
  adminUrl: string,
  { webDirectory = null }: { readonly webDirectory?: string | null } = {},
): Promise<SymptomWorld> {
  const clinic = await syncClinic({ adminUrl, perSlice: 1, webDirectory });
  const sink = await startMailSink();
  const { emr, portal } = clinic;
  const log = createLog({ level: 'fatal', name: 'test' });
  // The day stays what it was when the world was made: a proof that runs past midnight reminds of the same appointments.
  const opened = systemClock.now();
  const clock = fixedClock(opened);
  const { syncUrl } = clinic;
  const mailer = createMailWorker({ syncUrl, smtpUrl: sink.url, from: 'no-reply@clinic.example', clock, log });
  const reminders = createReminderWorker({ syncUrl, publicUrl: 'http://portal.test', clock, log });
  const fetcher = createSavedFetcher({ syncUrl, sealingKey, clock: systemClock, log });
  const deliverer = createWriteBackWorker({ syncUrl, sealingKey, clock: systemClock, log });
  await deliverer.start();
  const base = await clinic.listenPortal();
  const dateOf = await fill(clinic);
  await clinic.select(['abel', 'baker', 'cho'], { features: [...features] });
  await portal.query(
    `insert into mail_settings (site_id, run_at, quiet_from, quiet_to) values ($1, '00:00', '00:00', '00:00')`,
    [siteId],
  );
  await portal.query(
    `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, enabled, created_at)
     values ($1, 'r', 'r', 3, '{}', '{}', false, true, false, 0, false, false, 's', '{link}', 's', '{link}', true, now())`,
    [siteId],
  );

  const untilNoWriteBackMoves = async () => {
    for (let looks = 0; looks < 600; looks += 1) {
      const { rows } = await portal.query<{ n: number }>(
        `select count(*) as n from write_back where state not in ('acknowledged', 'parked', 'task')`,
      );
      if (rows[0]!.n === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('write-backs did not come to rest');
  };
  const world: SymptomWorld = {
    clinic,
    sink,
    dateOf,
    begin: async () => {
      sink.taken.length = 0;
      await portal.query(
        'truncate reminder_run, reminder_log, mail, staff_task, write_back, appointment_link, opt_out_link, saved_fetch, stored_file cascade',
      );
      await emr.query(
        `update appointment set participation = 'needs-action', version_id = version_id + 1, last_updated = clock_timestamp()
          where participation <> 'needs-action'`,
      );
      await emr.query('truncate saved_for_ocean');
      await emr.query(
        `insert into saved_for_ocean (tenant_id, item_type, item_id, patient_id, office_id, provider_id, saved_by, saved_at, expires_at)
         select tenant_id, type, document_id, patient_id, office_id, provider_id, 'admin', now(), now() + interval '1 hour'
           from document, unnest(array['DocumentReference', 'DiagnosticReport']) as type`,
      );
      await clinic.grantAll(all);
      await world.apply(slices[0], all);
    },
    remind: async (kind, daysLater = 0) => {
      await portal.query('truncate reminder_run');
      await portal.query('update reminder_rule set days = $1', [days[kind] - daysLater]);
      clock.advance(opened.getTime() + daysLater * 24 * 60 * 60_000 - clock.now().getTime());
      await reminders.drain();
      await mailer.drain();
      await untilNoWriteBackMoves();
    },
    apply: async (slice, mask) => {
      await clinic.grant(slice, mask);
      const { state } = await clinic.sync('full');
      if (!state.startsWith('complete')) throw new Error(`the full run ended ${state}`);
      await untilNoWriteBackMoves();
    },
    linkOf: (slice) => {
      const mail = sink.taken.find(({ to }) => to === emailOf('reminded', slice));
      const path = /\/a\/[\w-]{20,}/.exec(mail?.raw.replaceAll('=\r\n', '') ?? '')?.[0];
      if (!path) throw new Error(`no reminder with a link reached the patient of ${keyOf(slice)}`);
      return `${base}${path}`;
    },
    birthDateOf: () => birthDate,
    bookingOf: idOf,
    fetchSaved: async (slice) => {
      const asked = await clinic.askPortal('POST', '/api/saved-for-ocean', { bookingId: idOf('chart', slice) });
      if (asked.statusCode !== 202) throw new Error(`Save for Ocean: ${asked.statusCode}`);
      await fetcher.drain();
      return clinic.read<SavedFetch>(`/api/saved-for-ocean/${asked.json<SavedFetch>().fetchId}`);
    },
    fetchAsked: async () => {
      await fetcher.drain();
    },
    confirm: async (slice) => {
      const url = world.linkOf(slice);
      const send = async (page: string, button: string, fields: Readonly<Record<string, string>> = {}) => {
        const { fields: form } = formWith(page, button);
        for (const [name, value] of Object.entries(fields)) form.set(name, value);
        return (await ask('POST', url, { form })).page;
      };
      const opened = (await ask('GET', url)).page;
      if (!opened.includes('value="identify"')) return headingOf(opened);
      const [year, month, day] = birthDate.split('-') as [string, string, string];
      const known = await send(opened, 'identify', { year, month, day });
      return headingOf(known.includes('value="confirm"') ? await send(known, 'confirm') : known);
    },
    isConfirmed: async (slice) => {
      const { rows } = await emr.query<{ participation: string }>(
        'select participation from appointment where tenant_id = $1 and appointment_id = $2',
        [tenantId, idOf('reminded', slice)],
      );
      return rows[0]!.participation === 'accepted';
    },
    reminders: (kind, slice) => sink.taken.filter(({ to }) => to === emailOf(kind, slice)).length,
    settle: untilNoWriteBackMoves,
    leftOver: async () => {
      const ours = await portal.query<{ what: string }>(
        `select 'booking ' || booking_id || ' is ' || state || case when patient_masked then ', its patient withheld' else '' end as what
           from booking where (state <> 'present' or patient_masked) and booking_id ~ '^(reminded|chart|due)-'
         union all select 'schedule ' || office_id || ' ' || provider_id || ' is ' || visibility || ', missing ' || missing_columns
           from schedule where visibility <> 'readable' or missing_columns <> 0 or outcome <> 'complete'
         union all select 'write-back ' || kind || ' of ' || booking_id || ' is ' || state from write_back where state <> 'acknowledged'
         union all select 'staff task ' || reason from staff_task where done_at is null
         union all select 'mail to ' || recipient || ' is ' || state from mail where state <> 'accepted'`,
      );
      const theirs = await emr.query<{ what: string }>(
        `select 'saved for Ocean and not fetched: ' || item_type || ' ' || item_id as what from saved_for_ocean where fetched_at is null`,
      );
      return [...ours.rows, ...theirs.rows].map(({ what }) => what);
    },
    close: async () => {
      await Promise.all([deliverer.stop(), fetcher.stop(), reminders.stop(), mailer.stop()]);
      await sink.close();
      await clinic.close();
    },
  };
  return world;
}

const birthDate = '1988-02-29';
const headingOf = (page: string): string =>
  /<h1>(.*?)<\/h1>/s.exec(page)?.[1]?.replaceAll(/<span.*?<\/span>/gs, '') ?? 'no heading';
export const saysConfirmed = (heading: string): boolean => heading === 'You are confirmed';

/** The same questions of every pair, over the portal's own interface, the patient's page and SMTP. */
export async function lookOverHttp(world: SymptomWorld): Promise<SeenByPair> {
  const { clinic, dateOf } = world;
  await world.remind('due');
  const [reminded, due, sheet] = await Promise.all([
    clinic.page(`date=${dateOf.reminded}`),
    clinic.page(`date=${dateOf.due}`),
    clinic.daySheet(`date=${dateOf.due}`),
  ]);
  // Which of them comes first must not matter, so they go side by side.
  await Promise.all(slices.map((slice) => world.confirm(slice).then((heading) => told.set(keyOf(slice), heading))));
  await world.settle();
  const seen: Record<string, Seen> = {};
  for (const slice of slices) {
    const [office, provider] = slice;
    const key = keyOf(slice);
    const row = due.schedules.find((one) => one.officeId === office && one.providerId === provider);
    const lists = (page: PatientsPage, kind: BookingKind) =>
      page.bookings.some(({ bookingId, patient }) => bookingId === idOf(kind, slice) && patient !== null);
    const listed = [lists(reminded, 'reminded'), lists(due, 'due'), lists(sheet, 'due')];
    if (new Set(listed).size > 1) throw new Error(`${key}: listed on one page and not on another: ${listed}`);
    const isConfirmed = await world.isConfirmed(slice);
    if (saysConfirmed(told.get(key)!) !== isConfirmed)
      throw new Error(
        `${key}: the patient is told '${told.get(key)}', and the EMR has it ${isConfirmed ? '' : 'not '}confirmed`,
      );
    const { files, lacking } = await world.fetchSaved(slice);
    const has: Readonly<Record<Symptom, boolean>> = {
      // The page names a schedule of which it knows that it may not see it apart from those that it shows.
      '1 the provider is not on the Patients page': row === undefined || (row.missingColumns & 32) !== 0,
      '2 his bookings are not listed': !listed[0],
      '3 no reminder is sent': world.reminders('due', slice) === 0,
      '4 the patient cannot confirm': !isConfirmed,
      '5 a document cannot be attached': !files.some(({ title }) => title.startsWith(documentOf(slice))),
      '5 a laboratory result cannot be attached': !files.some(({ title }) => title.startsWith(resultOf(slice))),
    };
    const own = lacking.find(
      (one) => one.officeName === officeNames[office] && one.providerDisplay.includes(nameOf(provider)),
    );
    seen[key] = {
      symptoms: (Object.keys(has) as Symptom[]).filter((symptom) => has[symptom]),
      lacking: own ? columnsIn(own.columns) : [],
    };
  }
  return seen;
}
const told = new Map<string, string>();
const officeNames: Readonly<Record<string, string>> = { hill: 'Lantern Hill', shore: 'Quiet Shore' };
const nameOf = (provider: string): string => provider[0]!.toUpperCase() + provider.slice(1);

async function fill({ emr }: SyncClinic): Promise<SymptomWorld['dateOf']> {
  await emr.query('delete from appointment where tenant_id = $1', [tenantId]);
  await emr.query('delete from patient_pair where tenant_id = $1', [tenantId]);
  const dates: Record<string, string> = {};
  for (const slice of slices) {
    const [office, provider] = slice;
    for (const kind of ['reminded', 'due'] as const) {
      await emr.query(
        `insert into patient (tenant_id, patient_id, family, given, birth_date, gender, email, language, chart_number)
         values ($1, $2, 'Madeup', 'Mara', $3, 'female', $4, 'en', $2)`,
        [tenantId, idOf(kind, slice), birthDate, emailOf(kind, slice)],
      );
    }
    for (const kind of ['reminded', 'chart', 'due'] as const) {
      // A patient is also seen by the office's other provider: that way his chart is asked for where he himself is not listed.
      const [patient, by] = kind === 'chart' ? [idOf('reminded', slice), 'cho'] : [idOf(kind, slice), provider];
      const { rows } = await emr.query<{ date: string }>(
        `with own as (
           insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, start_at, end_at)
           select $1, $2, $3, $4, $5, 'booked', 'Recheck', at, at + interval '15 minutes'
             from office o, lateral (select ((now() at time zone 'America/Vancouver')::date + $6::integer + time '12:00') at time zone o.zone) as noon (at)
            where o.tenant_id = $1 and o.office_id = $3 returning start_at)
         select to_char(start_at at time zone 'America/Vancouver', 'YYYY-MM-DD') as date from own`,
        [tenantId, idOf(kind, slice), office, by, patient, days[kind]],
      );
      dates[kind] = rows[0]!.date;
    }
    const entry = [tenantId, keyOf(slice), idOf('reminded', slice), ...slice];
    const content = Buffer.from(`%PDF-1.4\n% ${keyOf(slice)}\n`);
    await emr.query(
      `insert into binary_content (tenant_id, binary_id, office_id, provider_id, media_type, bytes, sha256, begun_at, arrived_at, filed_at)
       values ($1, $2, $3, $4, 'application/pdf', $5, $6, now(), now(), now())`,
      [tenantId, keyOf(slice), ...slice, content.length, createHash('sha256').update(content).digest()],
    );
    await emr.query('insert into binary_chunk (tenant_id, binary_id, n, bytes) values ($1, $2, 0, $3)', [
      tenantId,
      keyOf(slice),
      content,
    ]);
    await emr.query(
      `insert into document (tenant_id, document_id, patient_id, office_id, provider_id, binary_id, folder, title, filed_at)
       values ($1, $2, $3, $4, $5, $2, 'Letters', $6, now())`,
      [...entry, documentOf(slice)],
    );
    await emr.query(
      `insert into diagnostic_report (tenant_id, report_id, patient_id, office_id, provider_id, status, name, effective_at, issued_at)
       values ($1, $2, $3, $4, $5, 'final', $6, now(), now())`,
      [...entry, resultOf(slice)],
    );
    await emr.query(
      `insert into observation (tenant_id, observation_id, report_id, patient_id, office_id, provider_id, place, status, name, value_number, unit,
                                effective_at)
       values ($1, $2, $2, $3, $4, $5, 1, 'final', 'Ferritin', 71, 'ug/L', now())`,
      entry,
    );
  }
  await emr.query(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select distinct tenant_id, patient_id, office_id, provider_id from appointment where tenant_id = $1`,
    [tenantId],
  );
  return dates as SymptomWorld['dateOf'];
}
