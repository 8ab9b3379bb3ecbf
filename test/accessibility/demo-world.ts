// The demo clinic with something on every page, made by what its people do: each thing when the first page wants it.
import type { APIRequestContext, Browser, BrowserContext } from 'playwright-core';
import type { GapHistory } from '../../src/connect/contract/certificates.ts';
import type { Diagnosis } from '../../src/connect/contract/doctor.ts';
import type { FixRequest } from '../../src/connect/contract/fix-requests.ts';
import type { Chart } from '../../src/emr/contract/chart.ts';
import type { MyOffice } from '../../src/emr/contract/scheduler.ts';
import type { ListedUser } from '../../src/emr/contract/security.ts';
import { bitOf } from '../../src/fhir/columns.ts';
import { type Language, localeOf } from '../../src/language/messages.ts';
import { createPool } from '../../src/platform/database/db.ts';
import { newId, randomToken, sha256 } from '../../src/platform/ids.ts';
import { addDays } from '../../src/platform/zones.ts';
import type { NewThread } from '../../src/portal/contract/messages.ts';
import type { PatientsPage } from '../../src/portal/contract/patients.ts';
import { asSite } from '../../src/portal/index.ts';
import { grant, integrationUser, sessionAt, succeeded, syncStatus } from '../browser/demo-acts.ts';
import type { TestInstallation } from '../installation.ts';
import { copyOfDemo, type DemoOfRun } from '../temporary-installation.ts';
import type { Person } from './pages.ts';
import type { App } from './router-pages.ts';

const siteId = 1042;
const officeId = 'lantern-hill';

export interface View {
  readonly language: Language;
  readonly width: number;
}

export interface DemoWorld {
  readonly installation: TestInstallation;
  /** A day on which the clinic works: 'YYYY-MM-DD'. */
  readonly workday: string;
  /** Of a booking whose patient has a birth date and an address, and whom the EMR's administrator sees too. */
  readonly pair: { readonly officeId: string; readonly providerId: string };
  readonly patientId: string;
  readonly birthDate: string;
  /** The user id of the integration user. */
  readonly integrationUser: string;
  thread(): Promise<{ readonly threadId: string; readonly link: string }>;
  /** Where the patient answers; a new one each time. */
  link(): Promise<string>;
  optOut(): Promise<string>;
  invitation(): Promise<string>;
  newPassword(): Promise<string>;
  staffTask(): Promise<void>;
  /** The id of a reminder rule. */
  rule(): Promise<string>;
  /** The log of the reminders has an entry. */
  reminded(): Promise<void>;
  /** The id of a certificate: a gap was closed for it. */
  certificate(): Promise<string>;
  fixRequest(): Promise<FixRequest & { readonly link: string }>;
  /** Where an application asks for access: good in the browser that opens it. */
  accessRequest(): Promise<string>;
  /** A browser of its own in which that person is signed in to that app, or nobody. */
  opened(app: App, person: Person | undefined, view: View): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** The same promise for everybody who asks. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export async function openDemoWorld(demo: DemoOfRun, browser: Browser): Promise<DemoWorld> {
  const installation = await copyOfDemo(demo);
  const { urls } = installation.config;
  const db = createPool(installation.roles.portalSync, { max: 1, applicationName: 'accessibility' });
  const sessions = new Map<string, Promise<APIRequestContext>>();
  const session = (app: App, person: Person): Promise<APIRequestContext> => {
    const key = `${app} ${person}`;
    const known =
      sessions.get(key) ?? sessionAt(urls[app], app === 'emr' ? { username: person } : { email: emailOf(person) });
    sessions.set(key, known);
    return known;
  };
  const close = async () => {
    for (const one of await Promise.allSettled(sessions.values()))
      if (one.status === 'fulfilled') await one.value.dispose();
    await db.end();
    await installation.close();
  };
  try {
    const emr = await session('emr', 'ada');
    const portal = await session('portal', 'sam');
    const connect = once(() => session('connect', 'sam'));
    const offices = await succeeded<MyOffice[]>(emr.get('/api/offices'));
    const { today } = offices.find((office) => office.officeId === officeId)!;
    const { workday, booking, patientId, birthDate } = await findBooking(emr, portal, today);
    const { bookingId, providerId } = booking;
    const users = await succeeded<ListedUser[]>(emr.get('/api/users'));
    const inSite = <T>(act: Parameters<typeof asSite<T>>[2]) => asSite(db, siteId, act);
    // Some are written behind the answer that says nothing of them.
    const mailed = async (path: string): Promise<string> => {
      const link = await lookedFor(10, async () => {
        const { rows } = await inSite((tx) =>
          tx.query<{ text: string }>(
            `select message::text as text from mail where message::text like '%' || $1 || '%' order by created_at desc`,
            [path],
          ),
        );
        return new RegExp(`https?://[\\w.:-]+${path}[\\w/#-]+`).exec(rows[0]?.text ?? '')?.[0];
      });
      if (!link) throw new Error(`no mail has a link to ${path}`);
      return link;
    };
    const gaps = async () =>
      (await succeeded<Diagnosis>((await connect()).get('/api/doctor'))).gaps.filter(
        ({ cause, proof }) => cause === 'cells' && !proof,
      );
    const rule = once(async () => {
      const ruleId = newId();
      await succeeded(portal.put(`/api/reminders/rules/${ruleId}`, { data: { version: 0, rule: written } }));
      return ruleId;
    });
    return {
      installation,
      workday,
      pair: { officeId, providerId },
      patientId,
      birthDate,
      integrationUser: users.find(({ username }) => username === integrationUser)!.userId,
      thread: once(async () => {
        const { threadId } = await succeeded<NewThread>(
          portal.post('/api/threads', {
            data: {
              pressId: newId(),
              bookingId,
              subject: 'Before you come',
              text: 'Please bring your card.',
              fileIds: [],
            },
          }),
        );
        return { threadId, link: await mailed('/m/') };
      }),
      link: async () => (await succeeded<{ url: string }>(portal.post(`/api/bookings/${bookingId}/link`))).url,
      optOut: async () => {
        const token = randomToken();
        await inSite((tx) =>
          tx.query(
            `insert into opt_out_link (site_id, token_hash, connection_id, patient_id, created_at)
             select site_id, $2, connection_id, patient_id, now() from booking where site_id = $1 and booking_id = $3`,
            [siteId, sha256(token), bookingId],
          ),
        );
        return `${urls.portal}/opt-out/${token}`;
      },
      invitation: once(async () => {
        const answer = await portal.post('/api/invitations', {
          data: { email: 'nia@saltmarsh.example', role: 'member', language: 'en' },
        });
        if (answer.status() !== 204) throw new Error(`no invitation: ${answer.status()} ${await answer.text()}`);
        return mailed('/invitation');
      }),
      newPassword: once(async () => {
        await portal.post('/api/password-resets', { data: { email: emailOf('jo') } });
        return mailed('/new-password');
      }),
      staffTask: once(() =>
        inSite(async (tx) => {
          const mailId = newId();
          await tx.query(
            `insert into mail (site_id, connection_id, mail_id, booking_id, office_id, provider_id, patient_id, start_at, recipient, message, state, state_since,
                               created_at, next_attempt_at)
             select site_id, connection_id, $3, booking_id, office_id, provider_id, patient_id, start_at, 'mara@mail.example',
                    '{"subject": "Your appointment"}', 'uncertain', now(), now(), now()
               from booking where site_id = $1 and booking_id = $2`,
            [siteId, bookingId, mailId],
          );
          await tx.query(
            `insert into staff_task (site_id, connection_id, task_id, mail_id, reason, created_at)
             select site_id, connection_id, $3, $3, 'mail-uncertain', now() from booking where site_id = $1 and booking_id = $2`,
            [siteId, bookingId, mailId],
          );
        }),
      ),
      rule,
      reminded: once(async () => {
        const ruleId = await rule();
        await inSite((tx) =>
          tx.query(
            `insert into reminder_log (site_id, connection_id, entry_id, day, rule_id, outcome, office_id, provider_id, booking_id, patient_id, start_at, at)
             select site_id, connection_id, $3, current_date, $4, 'no-address', office_id, provider_id, booking_id, patient_id, start_at, now()
               from booking where site_id = $1 and booking_id = $2`,
            [siteId, bookingId, newId(), ruleId],
          ),
        );
      }),
      certificate: once(async () => {
        const [gap] = await gaps();
        if (!gap) throw new Error('the demo clinic has no gap to close');
        const columns = gap.columns.reduce((held, column) => held | bitOf[column], 0);
        await grant(emr, ({ offices: all }) =>
          all.flatMap(({ officeId: at, rows }) =>
            rows
              .filter((row) => gap.schedules.some((one) => one.officeId === at && one.providerId === row.providerId))
              .map((row) => ({ officeId: at, providerId: row.providerId, columns: row.columns | columns })),
          ),
        );
        await succeeded((await connect()).post('/api/sync-runs', { data: { mode: 'full' } }));
        const certificateId = await lookedFor(120, async () => {
          const { entries } = await succeeded<GapHistory>((await connect()).get('/api/gap-history'));
          return entries.find((entry) => entry.certificateId !== null)?.certificateId;
        });
        if (!certificateId) throw new Error('a gap was closed, and no certificate came');
        return certificateId;
      }),
      fixRequest: once(async () => {
        // Where the EMR's Manage Security is, a run asks: the copy of the demo has moved.
        const { runId } = await succeeded<{ runId: string }>(
          (await connect()).post('/api/sync-runs', { data: { mode: 'recent' } }),
        );
        const ended = await lookedFor(60, async () => {
          const { runs } = await syncStatus(await connect());
          return runs.find((run) => run.runId === runId)?.endedAt;
        });
        if (!ended) throw new Error('a run did not end');
        const asked = (await gaps()).map(({ gapId }) => gapId);
        const made = await succeeded<FixRequest>(
          (await connect()).post('/api/fix-requests', { data: { gapIds: asked } }),
        );
        if (made.link === null) throw new Error('the fix request has no link');
        return { ...made, link: made.link };
      }),
      accessRequest: once(async () => {
        const redirectUri = 'https://reports.example/back';
        const register = {
          name: 'Lantern Reports',
          officeIds: [officeId],
          scopes: ['system/*.rs'],
          redirectUris: [redirectUri],
        };
        await succeeded(emr.post('/api/integrations', { data: register }));
        const { integrations } = await succeeded<{ integrations: { name: string; clientId: string }[] }>(
          emr.get('/api/integrations'),
        );
        return `${urls.emr}/oauth/authorize?${new URLSearchParams({
          response_type: 'code',
          client_id: integrations.find(({ name }) => name === register.name)!.clientId,
          redirect_uri: redirectUri,
          scope: 'system/Appointment.rs system/Patient.rs',
          // Of RFC 7636, appendix B.
          code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          code_challenge_method: 'S256',
        })}`;
      }),
      opened: async (app, person, { language, width }) =>
        browser.newContext({
          viewport: { width, height: 900 },
          locale: localeOf[language],
          reducedMotion: 'reduce',
          ...(person && { storageState: await (await session(app, person)).storageState() }),
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What `look` finds within so many seconds; a proof has no test runner's polling. */
async function lookedFor<T>(seconds: number, look: () => Promise<T>): Promise<T> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found || performance.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const emailOf = (person: string): string => `${person}@saltmarsh.example`;

/** The first booking in the days to come of which all pages can show something. */
async function findBooking(emr: APIRequestContext, portal: APIRequestContext, today: string) {
  for (let days = 2; days < 12; days += 1) {
    const workday = addDays(today, days);
    const page = await succeeded<PatientsPage>(
      portal.get(`/api/patients?date=${workday}&office=${officeId}&limit=500`),
    );
    for (const booking of page.bookings) {
      const { patient, linkable, status, participation, start } = booking;
      if (
        patient?.birthDate == null ||
        !linkable ||
        status !== 'booked' ||
        participation === 'accepted' ||
        start < '09:00'
      )
        continue;
      const chart = await emr.get(`/api/patients/${patient.patientId}/chart`);
      if (chart.status() !== 200) continue;
      const { patient: own } = (await chart.json()) as Chart;
      if (!('email' in own) || own.email === null || own.language !== 'en') continue;
      return { workday, booking, patientId: patient.patientId, birthDate: patient.birthDate };
    }
  }
  throw new Error('the demo clinic has no booking that every page could show');
}

const written = {
  name: 'Before the visit',
  days: 2,
  providerIds: [],
  typeTexts: [],
  typesExcluded: false,
  confirmation: true,
  cancellation: false,
  cancelNoticeMinutes: 0,
  calendar: true,
  alsoConfirmed: false,
  subjectEn: 'Your appointment on {day}',
  textEn: 'Hello {given}, please answer: {link}',
  subjectFr: 'Votre rendez-vous du {day}',
  textFr: 'Bonjour {given}, veuillez répondre : {link}',
};
