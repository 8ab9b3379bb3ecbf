// One clinic with an office in each of twelve zones, its portal, and a mail server; nothing of it stands in for anything. It is the end of
// 2025 there. All appointments are put in at once, synchronised once, and then read wherever the product shows when they are.
import { simpleParser } from 'mailparser';
import type { DayAppointment, SchedulerDay, SchedulerWeek } from '../../src/emr/contract/scheduler.ts';
import { addIntegration, createEmr, emrMigrations, emrRoles } from '../../src/emr/index.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { createPool, type Pool } from '../../src/platform/database/db.ts';
import { testDatabase } from '../../src/platform/database/test-database.ts';
import { sha256 } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { hashPassword } from '../../src/platform/session/password.ts';
import type { AppointmentLink } from '../../src/portal/contract/links.ts';
import type { PatientPanel } from '../../src/portal/contract/patient-panel.ts';
import type { PatientsPage } from '../../src/portal/contract/patients.ts';
import { createMailWorker, createReminderWorker } from '../../src/portal/index.ts';
import { type EmrProxy, emrProxy } from '../emr-proxy.ts';
import { formWith } from '../links/link-page-reader.ts';
import { ask } from '../links/personas.ts';
import { type MailSink, startMailSink } from '../mail-sink.ts';
import { type SyncPortal, siteId, syncPortal } from '../sync-portal.ts';
import { minuteMs, type Wall, wallIn, zoneNames } from './oracle.ts';
import { officeOf, type ZoneCase } from './zone-cases.ts';

/** When everybody looks. */
export const lookedAt = Date.parse('2025-12-30T17:00:00Z');
const tenantId = 1042;
const provider = 'abel';
const password = 'a long password for tests';
const log = createLog({ level: 'fatal', name: 'test' });

/** What one surface shows of one appointment. */
export interface Reading {
  readonly id: string;
  /** By the wall of the office; null: the surface gives the instant alone. */
  readonly start: Wall | null;
  /** HH:MM; null: it does not say. */
  readonly end: string | null;
  /** As instants; null: it does not say. */
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** It says whether the time comes for the second time. */
  readonly again?: boolean;
}
/** By the surface's name. */
export type Readings = ReadonlyMap<string, readonly Reading[]>;

export interface ZoneWorld {
  /** The cases, with the ids that they were given. */
  readonly cases: readonly ZoneCase[];
  /** Every surface that shows every appointment. */
  readAll(): Promise<Readings>;
  /** Those that show one at a time, of these. */
  readSome(some: readonly ZoneCase[]): Promise<Readings>;
  close(): Promise<void>;
}

const wallReading = (id: string, date: string, start: string, end: string | null): Reading => ({
  id,
  start: `${date}T${start}`,
  end,
  startAt: null,
  endAt: null,
});
const instantReading = (id: string, startAt: number, endAt: number): Reading => ({
  id,
  start: null,
  end: null,
  startAt,
  endAt,
});

export async function openZoneWorld(adminUrl: string, wanted: readonly ZoneCase[]): Promise<ZoneWorld> {
  const [database, proxy, sink] = await Promise.all([
    testDatabase({ adminUrl, organisation: 'emr', migrations: emrMigrations, roles: emrRoles }),
    emrProxy(),
    startMailSink(),
  ]);
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const clock = fixedClock(new Date(lookedAt));
  const emr = await createEmr({
    clock,
    log,
    version: 'test',
    sealingKey: sha256('test'),
    webDirectory: null,
    appUrl: database.urlFor('emr_app'),
    importUrl: database.urlFor('emr_import'),
    publicUrl: proxy.url,
    announceTo: 'loopback',
  });
  await emr.app.listen({ host: '127.0.0.1', port: 0 });
  proxy.target = (emr.app.server.address() as { port: number }).port;
  showsTheTimeOf(proxy, lookedAt);

  await fill(owner, wanted);
  const { user, fhirBaseUrl, clientId, clientSecret } = await addIntegration(
    emr.context,
    { tenantId, userId: 'admin' },
    { name: 'Cloud Connect', officeIds: zoneNames.map(officeOf) },
  );
  await owner.query(
    `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns)
     select $1, u, office_id, provider_id, 63 from provider_schedule, unnest($2::text[]) u where tenant_id = $1`,
    [tenantId, ['mia', user.userId]],
  );
  const credentials = { baseUrl: fhirBaseUrl, clientId, clientSecret: clientSecret! };
  const asMia = await staffSession(emr.app);
  const cases: ZoneCase[] = [];
  for (const one of wanted) cases.push(one.byHand ? { ...one, id: await bookByHand(asMia, one) } : one);

  const portal = await syncPortal({
    adminUrl,
    emr: credentials,
    providers: [provider],
    zone: 'America/Toronto',
    clock,
  });
  await portal.select([provider], { windowDays: 400 });
  const { state } = await portal.sync('full');
  if (state !== 'complete') throw new Error(`the full run ended ${state}`);

  return {
    cases,
    readAll: async () =>
      new Map([
        ...(await readScheduler(asMia, cases)),
        ['FHIR', await readFhir(credentials)],
        ...(await readPortal(portal, cases)),
        ...(await readMails(portal, cases, sink)),
      ]),
    readSome: (some) => readPages(portal, some),
    close: async () => {
      await portal.close();
      await emr.close();
      await Promise.all([proxy.close(), sink.close()]);
      await owner.end();
      await database.drop();
    },
  };
}

/** The database's own clock cannot be set: what the EMR says of the time is, so that the year before it is ahead. */
function showsTheTimeOf(proxy: EmrProxy, at: number): void {
  const said = `"valueInstant":"${new Date(at).toISOString()}"`;
  proxy.mishap = (path) =>
    path.includes('$permission-coverage')
      ? {
          rewrite: (text) =>
            text.replaceAll(
              /(\{"name":"(?:asOf|changesUntil)",)"valueInstant":"[^"]*"/g,
              (_, name) => `${name}${said}`,
            ),
        }
      : undefined;
}

const emailOf = (patientId: string): string => `${patientId}@mail.example`;
/** Whose appointment it is says which it is, whatever id it is given. */
const patientOf = (index: number): string => `p-${index}`;

async function fill(owner: Pool, cases: readonly ZoneCase[]): Promise<void> {
  const one = (sql: string, ...values: unknown[]) => owner.query(sql, [tenantId, ...values]);
  await one(`insert into tenant (tenant_id, name) values ($1, 'Twelve Hours Clinic')`);
  await one(
    `insert into office (tenant_id, office_id, name, zone) select $1, id, 'Office ' || zone, zone from unnest($2::text[], $3::text[]) as o (id, zone)`,
    zoneNames.map(officeOf),
    zoneNames,
  );
  await one(
    `insert into provider (tenant_id, provider_id, prefix, given, family) values ($1, $2, 'Dr.', 'Abel', 'Invented')`,
    provider,
  );
  await one(
    `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
     select $1, office_id, $2, 'schedule-' || office_id, 'role-' || office_id from office where tenant_id = $1`,
    provider,
  );
  await one(
    `insert into patient (tenant_id, patient_id, family, given, birth_date, email, language, chart_number)
     select $1, id, 'Madeup', 'Mara', date '1988-02-29', id || '@mail.example', language, id from unnest($2::text[], $3::text[]) as p (id, language)`,
    cases.map((_, index) => patientOf(index)),
    cases.map(({ language }) => language),
  );
  const stored = cases.flatMap((of, index) => (of.byHand ? [] : [{ ...of, patient: patientOf(index) }]));
  await one(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, start_at, end_at)
     select $1, id, office, $2, patient, 'booked', 'Recheck', start_at, end_at
       from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) as a (id, office, patient, start_at, end_at)`,
    provider,
    stored.map(({ id }) => id),
    stored.map(({ zone }) => officeOf(zone)),
    stored.map(({ patient }) => patient),
    stored.map(({ startAt }) => new Date(startAt).toISOString()),
    stored.map(({ endAt }) => new Date(endAt).toISOString()),
  );
  await one(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select $1, patient, office, $2 from unnest($3::text[], $4::text[]) as p (patient, office)`,
    provider,
    cases.map((_, index) => patientOf(index)),
    cases.map(({ zone }) => officeOf(zone)),
  );
  await one(
    `insert into app_user (tenant_id, user_id, kind, username, display_name, password_hash)
     values ($1, 'admin', 'administrator', 'ada', 'Ada Placeholder', null), ($1, 'mia', 'staff', 'mia', 'Mia Placeholder', $2)`,
    await hashPassword(password),
  );
  await one(
    `insert into office_membership (tenant_id, user_id, office_id) select $1, 'mia', office_id from office where tenant_id = $1`,
  );
}

type AskScheduler = <T>(method: 'GET' | 'POST', url: string, body?: object) => Promise<T>;

async function staffSession(app: Awaited<ReturnType<typeof createEmr>>['app']): Promise<AskScheduler> {
  const headers = { host: 'emr.test', origin: 'http://emr.test' };
  const payload = { username: 'mia', password };
  const { cookies, statusCode } = await app.inject({ method: 'POST', url: '/api/sign-in', headers, payload });
  const [cookie] = cookies;
  if (!cookie) throw new Error(`no session: ${statusCode}`);
  const signedIn = { ...headers, cookie: `${cookie.name}=${cookie.value}` };
  return async <T>(method: 'GET' | 'POST', url: string, body?: object) => {
    const answer = await app.inject({ method, url, headers: signedIn, ...(body && { payload: body }) });
    if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return answer.json<T>();
  };
}

/** As a person books it: a day and a time on the wall. Resolves to its id. */
async function bookByHand(askEmr: AskScheduler, { id, zone, startAt, endAt }: ZoneCase): Promise<string> {
  const [date, start] = wallIn(zone, startAt).split('T');
  const { appointmentId } = await askEmr<DayAppointment>('POST', '/api/appointments', {
    officeId: officeOf(zone),
    providerId: provider,
    date,
    start,
    minutes: (endAt - startAt) / minuteMs,
    patientId: id.replace('case', 'p'),
    doubleBook: true,
  });
  return appointmentId;
}

const dateOf = ({ zone, startAt }: ZoneCase): string => wallIn(zone, startAt).slice(0, 10);
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)].sort();

async function readScheduler(askEmr: AskScheduler, cases: readonly ZoneCase[]): Promise<[string, Reading[]][]> {
  const shown = (date: string, { appointmentId, start, end, again }: DayAppointment): Reading => ({
    ...wallReading(appointmentId, date, start, end),
    again,
  });
  const [days, weeks]: [Reading[], Reading[]] = [[], []];
  for (const key of distinct(cases.map((one) => `office=${officeOf(one.zone)}&date=${dateOf(one)}`))) {
    const day = await askEmr<SchedulerDay>('GET', `/api/scheduler/day?${key}`);
    days.push(...day.schedules.flatMap(({ appointments }) => appointments.map((one) => shown(day.date, one))));
  }
  const mondayOf = (date: string): string => {
    const day = new Date(`${date}T00:00Z`);
    day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
    return day.toISOString().slice(0, 10);
  };
  for (const key of distinct(cases.map((one) => `office=${officeOf(one.zone)}&date=${mondayOf(dateOf(one))}`))) {
    const week = await askEmr<SchedulerWeek>('GET', `/api/scheduler/week?${key}&provider=${provider}`);
    for (const [index, { appointments }] of week.provider!.entries()) {
      weeks.push(...appointments.map((one) => shown(week.days[index]!.date, one)));
    }
  }
  return [
    ['EMR, day', days],
    ['EMR, week', weeks],
  ];
}

interface FhirAppointments {
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly {
    readonly resource: {
      readonly resourceType: string;
      readonly id: string;
      readonly start: string;
      readonly end: string;
    };
  }[];
}

/** FHIR R4's instant: to the second at least, and never without an offset. */
function instantIn(text: string): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text))
    throw new Error(`no FHIR instant: ${text}`);
  return Date.parse(text);
}

async function readFhir({
  baseUrl,
  clientId,
  clientSecret,
}: {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}): Promise<Reading[]> {
  const grant = await fetch(new URL('/oauth/token', baseUrl), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'system/*.rs',
    }),
  });
  const { access_token: token } = (await grant.json()) as { access_token: string };
  const readings: Reading[] = [];
  let next: string | undefined = `${baseUrl}/Appointment?_count=1000`;
  while (next) {
    const answer: Response = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
    if (answer.status !== 200) throw new Error(`${next}: ${answer.status} ${await answer.text()}`);
    const { entry = [], link } = (await answer.json()) as FhirAppointments;
    for (const { resource } of entry) {
      if (resource.resourceType !== 'Appointment') continue;
      readings.push(instantReading(resource.id, instantIn(resource.start), instantIn(resource.end)));
    }
    next = link.find(({ relation }) => relation === 'next')?.url;
  }
  return readings;
}

async function readPortal(portal: SyncPortal, cases: readonly ZoneCase[]): Promise<[string, Reading[]][]> {
  const shown = ({ date, bookings }: PatientsPage) =>
    bookings.map(({ bookingId, start, end }) => wallReading(bookingId, date, start, end));
  const [patients, sheet, english, french]: [Reading[], Reading[], Reading[], Reading[]] = [[], [], [], []];
  for (const date of distinct(cases.map(dateOf))) {
    let after = '';
    do {
      const page = await portal.page(`date=${date}&limit=500${after}`);
      patients.push(...shown(page));
      after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`;
    } while (after !== '');
    sheet.push(...shown(await portal.daySheet(`date=${date}`)));
    english.push(...(await readCsv(portal, date, 'en')));
    french.push(...(await readCsv(portal, date, 'fr')));
  }
  return [
    ['Patients page', patients],
    ['Day Sheet', sheet],
    ['CSV in English', english],
    ['CSV in French', french],
  ];
}

const csvHeads = {
  en: { date: 'Date', start: 'Time', end: 'Until', id: 'Booking id in the EMR' },
  fr: { date: 'Date', start: 'Heure', end: 'Jusqu’à', id: 'Numéro du rendez-vous au DME' },
} as const;

async function readCsv(portal: SyncPortal, date: string, language: 'en' | 'fr'): Promise<Reading[]> {
  const { statusCode, body } = await portal.askPortal('GET', `/api/patients.csv?date=${date}`, undefined, {
    'accept-language': language,
  });
  if (statusCode !== 200) throw new Error(`CSV of ${date}: ${statusCode}`);
  const [head, ...rows] = body
    .replace('\ufeff', '')
    .trimEnd()
    .split('\r\n')
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((cell) => cell[1]!));
  const at = (name: keyof (typeof csvHeads)['en']) => {
    const index = head!.indexOf(csvHeads[language][name]);
    if (index < 0) throw new Error(`no column '${csvHeads[language][name]}' in ${head!.join(' | ')}`);
    return index;
  };
  return rows.map((row) => wallReading(row[at('id')]!, row[at('date')]!, row[at('start')]!, row[at('end')]!));
}

/** Each day's reminders are written the day before and sent, over SMTP. */
async function readMails(
  portal: SyncPortal,
  cases: readonly ZoneCase[],
  sink: MailSink,
): Promise<[string, Reading[]][]> {
  await portal.owner.query(
    `insert into mail_settings (site_id, run_at, quiet_from, quiet_to) values ($1, '00:00', '00:00', '00:00')`,
    [siteId],
  );
  await portal.owner.query(
    `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, enabled, created_at)
     values ($1, 'r', 'r', 1, '{}', '{}', false, false, false, 0, true, false, 'Appointment: {day}, {time}', 'It is on {day} at {time}, {office}.',
             'Rendez-vous : {day}, {time}', 'Il a lieu le {day} à {time}, {office}.', true, now())`,
    [siteId],
  );
  const clock = fixedClock(new Date(lookedAt));
  const { syncUrl } = portal;
  const reminders = createReminderWorker({ syncUrl, publicUrl: 'http://portal.test', clock, log });
  const mailer = createMailWorker({ syncUrl, smtpUrl: sink.url, from: 'no-reply@clinic.example', clock, log });
  for (const date of distinct(cases.map(dateOf))) {
    // Before the day has begun anywhere in Canada.
    clock.advance(Date.parse(`${date}T00:00Z`) - 6 * 60 * minuteMs - clock.now().getTime());
    await reminders.drain();
    await mailer.drain();
  }
  await Promise.all([reminders.stop(), mailer.stop()]);
  const byPatient = new Map(cases.map((one, index) => [emailOf(patientOf(index)), one]));
  const [texts, subjects, files]: [Reading[], Reading[], Reading[]] = [[], [], []];
  for (const { to, raw } of sink.taken) {
    const one = byPatient.get(to);
    if (!one) throw new Error(`a mail to ${to}`);
    const mail = await simpleParser(Buffer.from(raw, 'latin1'));
    const { id } = one;
    const whole = (text: string | undefined, words: RegExp) => words.exec(text ?? '') ?? [];
    const [, textDay = '', textTime = ''] = whole(mail.text, /^(?:It is on|Il a lieu le) (.*) (?:at|à) (.*), Office/m);
    const [, subjectDay = '', subjectTime = ''] = whole(mail.subject, /^(?:Appointment|Rendez-vous ): (.*), (.*)$/);
    const reading = (day: string, time: string) =>
      wallReading(id, dateInWords(day, one.language), timeInWords(time, one.language), null);
    texts.push(reading(textDay, textTime));
    subjects.push(reading(subjectDay, subjectTime));
    const [file, ...others] = mail.attachments.filter(({ contentType }) => contentType === 'text/calendar');
    if (!file || others.length > 0) throw new Error(`${others.length + (file ? 1 : 0)} calendar files to ${to}`);
    const { uid, startAt, endAt } = eventIn(file.content.toString());
    if (!uid.includes(`-${id}@`)) throw new Error(`the calendar file to ${to} is about ${uid}`);
    files.push(instantReading(id, startAt, endAt));
  }
  return [
    ['mail, text', texts],
    ['mail, subject', subjects],
    ['calendar file', files],
  ];
}

const words = {
  en: {
    weekdays: 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' '),
    months: 'January February March April May June July August September October November December'.split(' '),
    day: (day: number) => String(day),
    time: /^(\d\d):(\d\d)$/,
  },
  fr: {
    weekdays: 'dimanche lundi mardi mercredi jeudi vendredi samedi'.split(' '),
    months: 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' '),
    day: (day: number) => (day === 1 ? '1er' : String(day)),
    time: /^(\d\d) h (\d\d)$/,
  },
} as const;

/** 'YYYY-MM-DD'; what is no day in these words, or has another day's name, comes back as it is. */
export function dateInWords(text: string, language: 'en' | 'fr'): string {
  const { weekdays, months, day } = words[language];
  const [, weekday, number, month, year] = /^(\S+) (\S+) (\S+) (\d{4})$/.exec(text) ?? [];
  const at = Date.UTC(Number(year), months.indexOf(month ?? ''), Number.parseInt(number ?? '', 10));
  if (Number.isNaN(at)) return text;
  const date = new Date(at);
  const same = weekdays[date.getUTCDay()] === weekday && day(date.getUTCDate()) === number;
  return same && months.includes(month!) ? date.toISOString().slice(0, 10) : text;
}

export function timeInWords(text: string, language: 'en' | 'fr'): string {
  const [, hours, minutes] = words[language].time.exec(text) ?? [];
  return hours === undefined ? text : `${hours}:${minutes}`;
}

/** Times have to be instants: what a phone knows of a zone is of its own age. */
function eventIn(text: string): { readonly uid: string; readonly startAt: number; readonly endAt: number } {
  const lines = text.replaceAll(/\r\n[ \t]/g, '').split('\r\n');
  const value = (name: string): string => {
    const found = lines.filter((line) => line.startsWith(name));
    if (found.length !== 1) throw new Error(`${found.length} lines ${name} in a calendar file`);
    return found[0]!.slice(name.length);
  };
  const at = (name: string): number => {
    const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(value(name));
    if (!parts) throw new Error(`no instant: ${name}${value(name)}`);
    const [, year, month, day, hours, minutes, seconds] = parts;
    return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  };
  return { uid: value('UID:'), startAt: at('DTSTART:'), endAt: at('DTEND:') };
}

async function readPages(portal: SyncPortal, some: readonly ZoneCase[]): Promise<Readings> {
  const base = await portal.listenPortal();
  const [panels, links]: [Reading[], Reading[]] = [[], []];
  for (const { id, language } of some) {
    const panel = await portal.read<PatientPanel>(`/api/bookings/${id}/patient`);
    panels.push(...panel.appointments.map((one) => wallReading(one.bookingId, one.date, one.start, one.end)));
    links.push(await readLinkPage(portal, base, id, language));
  }
  return new Map([
    ['patient panel', panels],
    ['confirm page', links],
  ]);
}

/** As its patient: opens the link, gives his birth date, and reads when it is. */
async function readLinkPage(portal: SyncPortal, base: string, id: string, language: 'en' | 'fr'): Promise<Reading> {
  const made = await portal.askPortal('POST', `/api/bookings/${id}/link`);
  if (made.statusCode !== 201) throw new Error(`a link of ${id}: ${made.statusCode}`);
  const url = `${base}${new URL(made.json<AppointmentLink>().url).pathname}`;
  const headers = { 'accept-language': language };
  const { fields: form } = formWith((await ask('GET', url, { headers })).page, 'identify');
  for (const [name, value] of Object.entries({ year: '1988', month: '02', day: '29' })) form.set(name, value);
  const { page } = await ask('POST', url, { headers, form });
  const [, day = '', times = ''] = /<dd>([^<]*)<br>([^<]*)<\/dd>/.exec(page) ?? [];
  const [, start = '', end = ''] = /^(?:de )?(\S.*) (?:to|à) (.*\S)$/.exec(times) ?? [];
  const time = (text: string) => timeInWords(text, language);
  return wallReading(id, dateInWords(day, language), time(start), time(end));
}
