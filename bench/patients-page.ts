import type { Pool } from '../src/platform/database/db.ts';
import { randomToken, sha256 } from '../src/platform/ids.ts';
import { benchInstallation, startProcess } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const clientsAtOnce = 64;
/** Of each client in each turn: six requests. */
const visits = 3;
const smallSite = 10_000;
const offices = 4;
const providers = 18;
const schedules = 24;
/** Of each schedule, from eight o'clock on. */
const bookingsADay = 32;
const zone = 'America/Vancouver';

/**
 * What people do on the Patients page, by 64 of them at once, over HTTP: days of the last and the next week, the second page, one provider, a
 * surname, a message state, a patient, the Day Sheet of a provider, and the question whether anything has moved. A site of N bookings and, in
 * turns with it, one of 10,000: the same clinic with the same days, only a longer past and future. The portal is a process of its own.
 */
export async function patientsPage(options: BenchOptions): Promise<BenchResult> {
  const { runs } = options;
  // Below that the days would not be full. Whoever asks for less only looks whether it adds up.
  const bookings = Math.max(options.bookings, smallSite);
  const clients = options.bookings < smallSite ? 8 : clientsAtOnce;
  const installation = await benchInstallation();
  try {
    const { portal } = installation;
    const sites = {
      large: await makeSite(portal, 1001, bookings, clients),
      small: await makeSite(portal, 1002, smallSite, clients),
    };
    await portal.query('vacuum analyze');
    const service = await startProcess(['--services', 'portal'], installation.environment);
    try {
      const url = installation.config.urls.portal;
      const p95s: Record<keyof typeof sites, number[]> = { large: [], small: [] };
      const medians: number[] = [];
      const perSecond: number[] = [];
      const slowest = new Map<string, number[]>();
      for (let run = 0; run <= runs; run += 1) {
        for (const name of ['large', 'small'] as const) {
          const { times, seconds } = await crowd(url, sites[name]);
          // The first round warms up.
          if (run === 0) continue;
          const all = [...times.values()].flat();
          p95s[name].push(quantile(all, 0.95));
          if (name === 'small') continue;
          medians.push(median(all));
          perSecond.push(all.length / seconds);
          for (const [kind, ofKind] of times) slowest.set(kind, [...(slowest.get(kind) ?? []), quantile(ofKind, 0.95)]);
        }
      }
      const p95_s = median(p95s.large);
      const limit_s = median(p95s.small);
      return {
        bench: 'patients-page',
        size: { bookings, limit_bookings: smallSite, clients, offices, schedules, on_a_day: schedules * bookingsADay },
        runs,
        median_s: rounded(median(medians)),
        per_s: Math.round(median(perSecond)),
        p95_s: rounded(p95_s),
        limit_s: rounded(limit_s),
        ratio: rounded(p95_s / limit_s),
        p95s_of_kinds: Object.fromEntries([...slowest].map(([kind, all]) => [kind, rounded(median(all))])),
      };
    } finally {
      await service.stop();
    }
  } finally {
    await installation.close();
  }
}

interface Site {
  readonly cookies: readonly string[];
}

async function makeSite(portal: Pool, siteId: number, bookings: number, clients: number): Promise<Site> {
  const patients = Math.round(bookings / 5);
  // The day that is looked at stands in the middle, whatever the number.
  const days = Math.ceil(bookings / (schedules * bookingsADay));
  const idOf = (n: string, kind: string) =>
    `lpad(to_hex(${n}), 8, '0') || '-0000-7000-8000-' || left(md5('${kind}' || ${n}), 12)`;
  const patientOf = (n: string) => idOf(`(1 + (${n})::bigint * 7919 % ${patients})`, 'patient');
  await portal.query(`
    begin;
    set local session_replication_role = replica;
    insert into site (site_id, name, zone) values (${siteId}, 'Bench', '${zone}');
    insert into connect.connection (site_id, connection_id, name, base_url, client_id, auth_method, credential_sealed, features, next_run_at)
      values (${siteId}, 'c', 'bench', 'http://127.0.0.1:9/fhir', 'bench', 'client_secret_post', '\\x00', '{provider-list,day-sheet}', 'infinity');
    insert into office (site_id, connection_id, office_id, name, zone)
      select ${siteId}, 'c', 'o' || o, 'Office ' || o, '${zone}' from generate_series(1, ${offices}) o;
    insert into provider (site_id, connection_id, provider_id, display)
      select ${siteId}, 'c', 'p' || p, 'Dr. Fictitious Number' || p from generate_series(1, ${providers}) p;
    insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, matched_as_of, outcome)
      select ${siteId}, 'c', 'o' || o, 'p' || p, true, 'readable', now() - interval '1 year', now(), 'complete'
        from generate_series(1, ${offices}) o, generate_series(1, ${providers}) p where (o + p) % 3 = 0;
    insert into patient (site_id, connection_id, patient_id, family, given, birth_date, gender, phone, email, chart_number, emr_version)
      select ${siteId}, 'c', ${idOf('n', 'patient')}, 'Madeup' || n % 977, 'Mara' || n % 89, date '1940-01-01' + n % 29000, 'female',
             '604-555-0117', 'mara' || n || '@mail.example', 'C' || n, '1' from generate_series(1, ${patients}) n;
    insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                         type_text, start_at, end_at, emr_version, emr_last_updated, state, state_since)
      select ${siteId}, 'c', ${idOf('n', 'booking')}, s.office_id, s.provider_id, ${patientOf('n')}, false,
             case when n % 11 = 0 then 'cancelled' else 'booked' end, case when n % 3 = 0 then 'accepted' else 'needs-action' end,
             'Recheck', at, at + interval '15 minutes', '1', now() - interval '1 hour', 'present', now() - interval '1 hour'
        from generate_series(0, ${bookings} - 1) n
        join (select office_id, provider_id, row_number() over (order by office_id, provider_id) - 1 as nth
                from schedule where site_id = ${siteId}) s on s.nth = n % ${schedules},
             lateral (select timezone('${zone}', date_trunc('day', timezone('${zone}', now()))
                             + (n / ${schedules * bookingsADay} - ${Math.floor(days / 2)}) * interval '1 day'
                             + interval '8 hours' + (n / ${schedules} % ${bookingsADay}) * interval '15 minutes')) as start (at);
    -- A reminder for every second booking that has been, or is in the next two days; some were refused.
    insert into mail (site_id, mail_id, connection_id, booking_id, start_at, office_id, provider_id, patient_id, recipient, state, state_since,
                      created_at, next_attempt_at)
      select ${siteId}, 'm-' || booking_id, 'c', booking_id, start_at, office_id, provider_id, patient_id, '', 
             case when booking_id like '%7' then 'failed' else 'accepted' end, start_at - interval '2 days', start_at - interval '2 days', start_at
        from booking where site_id = ${siteId} and start_at < now() + interval '2 days' and booking_id < md5(booking_id) || '-';
    -- About one booking in a hundred has an answer of its patient; a few wait to be read.
    insert into thread (site_id, thread_id, kind, connection_id, booking_id, office_id, provider_id, patient_id, subject, recipient, language,
                        created_at, created_by, last_at)
      select site_id, 't-' || booking_id, 'patient', 'c', booking_id, office_id, provider_id, patient_id, 'About your visit', '', 'en',
             start_at - interval '3 days', 'u-1', start_at - interval '3 days'
        from booking where site_id = ${siteId} and booking_id ~ '[05]0$';
    insert into message (site_id, thread_id, message_id, author, text, sent_at, read_at, press_id)
      select site_id, thread_id, 'a', null, 'Thank you', created_at, case when thread_id like '%a50' then null else created_at end, thread_id
        from thread where site_id = ${siteId};
    commit;`);
  const cookies = Array.from({ length: clients }, () => randomToken());
  await portal.query(
    `with people as (
       insert into portal_user (user_id, email, display_name, password_hash)
       select 'u-' || $1::integer || '-' || n, 'person' || n || '@site' || $1::integer || '.example', 'Person ' || n, '' from generate_series(1, $3::integer) n
       returning user_id),
     members as (insert into site_member (site_id, user_id, role) select $1::integer, user_id, 'member' from people returning user_id)
     insert into portal_session (token_hash, app, user_id, site_id, created_at, last_seen_at)
     select h, 'portal', 'u-' || $1::integer || '-' || n, $1::integer, now(), now() from unnest($2::bytea[]) with ordinality as t (h, n)`,
    [siteId, cookies.map((token) => sha256(token)), clients],
  );
  const { rows } = await portal.query<{ bookings: number; today: number }>(
    `select count(*) as bookings, count(*) filter (where timezone($2, start_at)::date = timezone($2, now())::date) as today
       from booking where site_id = $1`,
    [siteId, zone],
  );
  mustBe(`Bookings of site ${siteId}`, rows[0]!.bookings, bookings);
  mustBe('Bookings of today', rows[0]!.today, Math.min(bookings, schedules * bookingsADay));
  return { cookies: cookies.map((token) => `tidegate_portal=${token}`) };
}

interface Page {
  readonly date: string;
  readonly bookings: readonly { readonly bookingId: string }[];
  readonly next: string | null;
}

/** What each does, one after the other; the times of each kind of request. */
async function crowd(
  url: string,
  { cookies }: Site,
): Promise<{ readonly times: Map<string, number[]>; readonly seconds: number }> {
  const times = new Map<string, number[]>();
  const client = async (cookie: string, nth: number): Promise<void> => {
    const ask = async <T>(kind: string, path: string): Promise<T> => {
      let text = '';
      const took = await secondsOf(async () => {
        const answer = await fetch(`${url}${path}`, { headers: { cookie } });
        text = await answer.text();
        if (answer.status !== 200) throw new Error(`GET ${path.split('?')[0]} was answered ${answer.status}.`);
      });
      times.set(kind, [...(times.get(kind) ?? []), took]);
      return JSON.parse(text) as T;
    };
    for (let n = 0; n < visits; n += 1) {
      // Monday's bookings are looked at on Sunday: four days before and after today, the same in both sites.
      const date = new Date(Date.now() + (((nth + n) % 9) - 4) * 86_400_000).toISOString().slice(0, 10);
      const day = await ask<Page>('day', `/api/patients?date=${date}`);
      if (day.bookings.length !== 200)
        throw new Error(`The page of ${date} has ${day.bookings.length} bookings, and should have 200.`);
      await ask('next', `/api/patients?date=${date}&after=${encodeURIComponent(day.next!)}`);
      const narrowed = [
        ['provider', `/api/patients?date=${date}&provider=p${1 + ((nth + n) % providers)}`],
        ['search', `/api/patients?date=${date}&search=Madeup${(nth * 7 + n) % 97}`],
        ['message', `/api/patients?date=${date}&message=failed`],
        ['day-sheet', `/api/day-sheet?date=${date}&provider=p${1 + ((nth + n) % providers)}`],
      ] as const;
      const [kind, path] = narrowed[(nth + n) % narrowed.length]!;
      await ask(kind, path);
      await ask('patient', `/api/bookings/${encodeURIComponent(day.bookings[(nth * 31) % 200]!.bookingId)}/patient`);
      await ask('revision', '/api/revision');
    }
  };
  const seconds = await secondsOf(() => Promise.all(cookies.map(client)));
  return { times, seconds };
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
