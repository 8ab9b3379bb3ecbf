// The portal and Cloud Connect over two sites, each with everything that a site may have, marked with whose it is; and whoever has no
// business at the site whose objects are asked for, by every route of both doors.

import { createConnect } from '../../src/connect/index.ts';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { createPool, type Pool } from '../../src/platform/database/db.ts';
import { testDatabase } from '../../src/platform/database/test-database.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { hashPassword } from '../../src/platform/session/password.ts';
import { createPortal, portalMigrations, portalRoles } from '../../src/portal/index.ts';
import type { Proof, Saboteur } from '../proofs/proof.ts';
import { type Answer, comparable, drawnFrom, filled, marksIn, type Names } from './answers.ts';
import type { Asked } from './emr-requests.ts';
import { isForSiteAdmins, type SiteDoor, siteDoors, siteRequestsOf } from './site-requests.ts';

/** The objects are of the first; the second has the same, under ids of its own. */
const sites = { harbour: 710_011, island: 710_012 } as const;
const noSite = 719_999;
const connectionId = 'connection';
const now = '2026-11-24T17:00:00Z';

type Kind = 'there' | 'deleted' | 'never';
const kinds = ['there', 'deleted', 'never'] as const;

const idsOf = (whose: string): Names => ({
  ...Object.fromEntries(
    [
      'booking',
      'patient',
      'task',
      'mail',
      'rule',
      'run',
      'office',
      'provider',
      'gap',
      'certificate',
      'link',
      'thread',
      'file',
      'fetch',
      'user',
      'invitation',
    ].map((what) => [`${what}Id`, `${whose}-${what}`]),
  ),
  fixRequestId: `${whose}-fix`,
  subscriptionId: `${whose}-subscription`,
  email: `${whose}@sweep.example`,
});

const names: Readonly<Record<Kind, Names>> = {
  there: { ...idsOf('harbour'), siteId: String(sites.harbour) },
  deleted: { ...idsOf('harbour-gone'), siteId: String(sites.harbour) },
  never: { ...idsOf('nobodys'), siteId: String(noSite) },
};

/** Everything that a site may have, once as it is and once as it was ended. */
async function fill(owner: Pool, whose: keyof typeof sites, token: string): Promise<void> {
  const siteId = sites[whose];
  const mark = `MARK-${whose}`;
  const one = (sql: string, ...values: unknown[]) => owner.query(sql, [siteId, connectionId, ...values]);
  await owner.query(`insert into site (site_id, name, zone) values ($1, $2, 'America/Vancouver')`, [siteId, mark]);
  await one(
    `insert into connect.connection (site_id, connection_id, name, base_url, client_id, auth_method, credential_sealed, features)
     values ($1, $2, $3, 'http://127.0.0.1:9/fhir', $3, 'client_secret_post', '\\x00', '{day-sheet}')`,
    mark,
  );
  await one(
    `insert into connect.emr_state (site_id, connection_id, integration_user, tenant_id) values ($1, $2, $3, $3)`,
    mark,
  );
  for (const id of [whose, `${whose}-gone`]) {
    const gone = id !== whose;
    const of = idsOf(id);
    await one(
      `insert into office (site_id, connection_id, office_id, name, zone) values ($1, $2, $3, $4, 'America/Vancouver')`,
      of.officeId,
      mark,
    );
    await one(
      `insert into provider (site_id, connection_id, provider_id, display) values ($1, $2, $3, $4)`,
      of.providerId,
      mark,
    );
    await one(
      `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, outcome)
       values ($1, $2, $3, $4, $5, 'readable', $6, 'complete')`,
      of.officeId,
      of.providerId,
      !gone,
      now,
    );
    await one(
      `insert into connect.roster_entry (site_id, connection_id, office_id, provider_id, office_name, office_zone, provider_display, member,
                                         columns_held, columns_granted, lapsed, read_at, permission_version)
       values ($1, $2, $3, $4, $5, 'America/Vancouver', $5, true, 63, 63, false, $6, '1')`,
      of.officeId,
      of.providerId,
      mark,
      now,
    );
    await one(
      `insert into patient (site_id, connection_id, patient_id, family, given, email, chart_number, emr_version) values ($1, $2, $3, $4, $4, $4, $4, '1')`,
      of.patientId,
      mark,
    );
    await one(
      `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation, type_text,
                            start_at, end_at, emr_version, emr_last_updated, state, state_since)
       values ($1, $2, $3, $4, $5, $6, false, 'booked', 'needs-action', $7, '2026-11-24T18:00:00Z', '2026-11-24T18:15:00Z', '1', $8, $9, $8)`,
      of.bookingId,
      of.officeId,
      of.providerId,
      of.patientId,
      mark,
      now,
      gone ? 'deleted' : 'present',
    );
    await one(
      `insert into mail (site_id, connection_id, mail_id, recipient, message, state, state_since, created_at, next_attempt_at)
       values ($1, $2, $3, $4, $5, $6, $7, $7, $7)`,
      of.mailId,
      mark,
      JSON.stringify({ subject: mark }),
      gone ? 'accepted' : 'uncertain',
      now,
    );
    await one(
      `insert into staff_task (site_id, connection_id, task_id, mail_id, reason, created_at, done_at) values ($1, $2, $3, $4, 'mail-uncertain', $5, $6)`,
      of.taskId,
      of.mailId,
      now,
      gone ? now : null,
    );
    await owner.query(
      `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                  cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, created_at, deleted_at)
       values ($1, $2, $3, 1, '{}', '{}', false, false, false, 0, false, false, $3, $3, $3, $3, $4, $5)`,
      [siteId, of.ruleId, mark, now, gone ? now : null],
    );
    await one(
      `insert into reminder_log (site_id, connection_id, entry_id, day, rule_id, outcome, office_id, provider_id, booking_id, patient_id, start_at, mail_id, at)
       values ($1, $2, $3, '2026-11-24', $3, 'due', $4, $5, $6, $7, $8, $9, $8)`,
      of.ruleId,
      of.officeId,
      of.providerId,
      of.bookingId,
      of.patientId,
      now,
      of.mailId,
    );
    await one(
      `insert into connect.sync_run (site_id, connection_id, run_id, mode, state, step, requested_at, started_at, ended_at, problem)
       values ($1, $2, $3, 'full', $4, 'done', $5, $5, $5, $6)`,
      of.runId,
      gone ? 'complete' : 'waiting-for-decision',
      now,
      null,
    );
    await one(
      `insert into connect.gap_record (site_id, connection_id, gap_id, opened_at, cause, found, before, closed_at, ending)
       values ($1, $2, $3, $4, 'cells', $5, '{}', $4, 'gone')`,
      of.gapId,
      now,
      JSON.stringify({
        gapId: of.gapId,
        cause: 'cells',
        owner: 'emr',
        officeId: of.officeId,
        providerId: of.providerId,
        schedules: [{ officeId: of.officeId, providerId: of.providerId }],
        columns: 32,
        lapsedOn: null,
        features: ['day-sheet'],
      }),
    );
    await one(
      `insert into thread (site_id, connection_id, thread_id, kind, booking_id, office_id, provider_id, patient_id, subject, recipient, language,
                           created_at, created_by, last_at)
       values ($1, $2, $3, 'patient', $4, $5, $6, $7, $8, $8, 'en', $9, $8, $9)`,
      of.threadId,
      of.bookingId,
      of.officeId,
      of.providerId,
      of.patientId,
      mark,
      now,
    );
    await owner.query(
      `insert into message (site_id, thread_id, message_id, text, sent_at, press_id) values ($1, $2, $2, $3, $4, $2)`,
      [siteId, of.threadId, mark, now],
    );
    await one(
      `insert into saved_fetch (site_id, connection_id, fetch_id, booking_id, patient_id, office_id, provider_id, asked_by, asked_at, state, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'failed', $8)`,
      of.fetchId,
      of.bookingId,
      of.patientId,
      of.officeId,
      of.providerId,
      mark,
      now,
    );
    await owner.query(
      `with file as (
         insert into stored_file (site_id, file_id, media_type, title, bytes, begun_at, arrived_at, kept_at)
         values ($1, $2, 'text/plain', $3, length($3), $4, $4, $4))
       insert into stored_file_chunk (site_id, file_id, n, bytes) values ($1, $2, 0, convert_to($3, 'UTF8'))`,
      [siteId, of.fileId, mark, now],
    );
    await owner.query(
      `insert into message_file (site_id, thread_id, message_id, n, file_id) values ($1, $2, $2, 0, $3)`,
      [siteId, of.threadId, of.fileId],
    );
    await owner.query(
      `with made as (insert into portal_user (user_id, email, display_name, password_hash) values ($2, $2 || '@sweep.example', $3, ''))
       insert into site_member (site_id, user_id, role, deactivated_at) values ($1, $2, 'member', $4)`,
      [siteId, of.userId, mark, gone ? now : null],
    );
    await owner.query(
      `insert into account_link (site_id, link_id, purpose, token_hash, email, role, created_at, expires_at, withdrawn_at)
       values ($1, $2, 'invitation', $3, $4, 'member', $5, '2026-12-01T17:00:00Z', $6)`,
      [siteId, of.invitationId, sha256(`token of ${of.invitationId}`), mark, now, gone ? now : null],
    );
    if (gone) continue;
    await one(
      `insert into appointment_link (site_id, connection_id, link_id, token_hash, form_key, booking_id, start_at, office_id, provider_id, purpose,
                                     cancel_notice_minutes, created_at)
       values ($1, $2, $3, $4, $5, $6, '2026-11-24T18:00:00Z', $7, $8, 'both', 0, $9)`,
      of.linkId,
      sha256(token),
      sha256(of.linkId!),
      of.bookingId,
      of.officeId,
      of.providerId,
      now,
    );
    await one(
      `insert into connect.certificate (site_id, connection_id, certificate_id, gap_id, issued_at, document) values ($1, $2, $3, $4, $5, $6)`,
      of.certificateId,
      of.gapId,
      now,
      mark,
    );
    await one(
      `insert into connect.subscription (site_id, connection_id, watches, address_key, secret_sealed, emr_id, state)
       values ($1, $2, 'Appointment', $3, '\\x00', $4, 'active')`,
      randomToken(),
      of.subscriptionId,
    );
  }
}

interface SiteAsker {
  readonly name: string;
  readonly headers: Readonly<Record<SiteDoor, Readonly<Record<string, string>>>>;
  mayRead(mark: string, door: SiteDoor): boolean;
  /** What he has business with is not asked as if he had none. */
  isOutside(asked: Asked, door: SiteDoor): boolean;
}

interface Person {
  readonly name: string;
  readonly id: string;
  /** Where the session is. */
  readonly at: keyof typeof sites;
  readonly role: 'member' | 'site-admin' | null;
  readonly active?: boolean;
  /** false: only the browser remembers it. */
  readonly hasSession?: boolean;
  readonly sessionAt?: string;
  /** false: the password was right, and the second factor has not been given. */
  readonly isWhole?: boolean;
}

const people: readonly Person[] = [
  { name: 'a Site Admin of the site', id: 'holder', at: 'harbour', role: 'site-admin' },
  { name: 'a member of the site', id: 'member', at: 'harbour', role: 'member' },
  { name: 'a Site Admin of another site', id: 'stranger', at: 'island', role: 'site-admin' },
  { name: 'a member of another site', id: 'other', at: 'island', role: 'member' },
  { name: 'whose session has ended', id: 'late', at: 'harbour', role: 'site-admin', sessionAt: '2026-11-23T17:00:00Z' },
  { name: 'who has given a password alone', id: 'half', at: 'harbour', role: 'site-admin', isWhole: false },
  { name: 'who has signed out', id: 'out', at: 'harbour', role: 'site-admin', hasSession: false },
  { name: 'who is a member no more', id: 'former', at: 'harbour', role: null },
  { name: 'who was deactivated', id: 'gone', at: 'harbour', role: 'site-admin', active: false },
];

export const sweepSites: Proof = async ({ adminUrl, full, seed, say }) => {
  const database = await testDatabase({
    adminUrl,
    organisation: 'portal',
    migrations: portalMigrations,
    roles: portalRoles,
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const common = {
    webDirectory: null,
    clock: fixedClock(now),
    log: createLog({ level: 'silent', name: 'sweep' }),
    version: 'sweep',
  };
  const portal = await createPortal({
    ...common,
    appUrl: database.urlFor('portal_app'),
    syncUrl: database.urlFor('portal_sync'),
    sealingKey: Buffer.alloc(32, 5),
    publicUrl: 'http://sweep.test',
    linkWaitMs: 0,
  });
  const connect = await createConnect({
    ...common,
    appUrl: database.urlFor('connect_app'),
    publicUrl: 'http://sweep.test',
    sealingKey: Buffer.alloc(32, 5),
    certificateSeed: Buffer.alloc(32, 6),
  });
  const apps = { portal: portal.app, connect: connect.app } as const;
  try {
    const linkTokens = { harbour: randomToken(), island: randomToken() };
    for (const whose of ['harbour', 'island'] as const) await fill(owner, whose, linkTokens[whose]);
    const screen = { host: 'sweep.test', origin: 'http://sweep.test' };
    const cookies = (portalToken: string, connectToken: string) => ({
      portal: { ...screen, cookie: `tidegate_portal=${portalToken}` },
      connect: { ...screen, cookie: `tidegate_connect=${connectToken}` },
    });
    const withSession = async (
      id: string,
      at: keyof typeof sites,
      tokens: Readonly<Record<SiteDoor, string>>,
      since: string,
      isWhole = true,
    ) => {
      for (const door of siteDoors)
        await owner.query(
          `insert into portal_session (token_hash, app, user_id, site_id, created_at, last_seen_at, second_factor_at)
           values ($1, $2, $3, $4, $5, $5, case when $6 then $5::timestamptz end)
           on conflict (token_hash) do update set site_id = excluded.site_id, created_at = excluded.created_at, second_factor_at = excluded.second_factor_at, last_seen_at = excluded.last_seen_at`,
          [sha256(tokens[door]), door, id, sites[at], since, isWhole],
        );
    };
    const tokensOf = new Map<string, Readonly<Record<SiteDoor, string>>>();
    const passwordHash = await hashPassword('the password of everybody');
    const askers: SiteAsker[] = [];
    for (const { name, id, at, role, active = true, hasSession = true, sessionAt = now, isWhole = true } of people) {
      const tokens = { portal: randomToken(), connect: randomToken() };
      tokensOf.set(id, tokens);
      await owner.query(
        `insert into portal_user (user_id, email, display_name, password_hash, active) values ($1, $2, $3, $5, $4)`,
        [
          id,
          `${id === 'holder' ? 'harbour' : id === 'gone' ? 'harbour-gone' : id}@sweep.example`,
          id,
          active,
          passwordHash,
        ],
      );
      if (role)
        await owner.query(`insert into site_member (site_id, user_id, role) values ($1, $2, $3)`, [
          sites[at],
          id,
          role,
        ]);
      if (hasSession) await withSession(id, at, tokens, sessionAt, isWhole);
      const isIn = role !== null && active && hasSession && sessionAt === now && isWhole;
      askers.push({
        name,
        headers: cookies(tokens.portal, tokens.connect),
        mayRead: (mark, door) => isIn && (door === 'portal' || role === 'site-admin') && mark === `MARK-${at}`,
        isOutside: (asked, door) => !isIn || at === 'island' || door === 'connect' || isForSiteAdmins(asked),
      });
    }
    const [holder, ...insiders] = askers as [SiteAsker, ...SiteAsker[]];
    const holders = tokensOf.get('holder')!;
    const outsider = (name: string, headers: SiteAsker['headers']): SiteAsker => ({
      name,
      headers,
      mayRead: () => false,
      isOutside: () => true,
    });
    const nobody = outsider('nobody', { portal: screen, connect: screen });
    const outsiders = [
      ...insiders,
      nobody,
      outsider('a patient with a link', cookies(linkTokens.harbour, linkTokens.harbour)),
      outsider('a Site Admin at the wrong door', cookies(holders.connect, holders.portal)),
    ];

    const failures: string[] = [];
    let cases = 0;
    const ask = async (asker: SiteAsker, door: SiteDoor, asked: Asked, of: Names): Promise<Answer> => {
      const { body } = asked;
      const answer = await apps[door].inject({
        method: asked.method,
        url: filled(asked.url, of),
        headers: {
          ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
          ...asker.headers[door],
          ...asked.headers,
        },
        ...(body === undefined ? {} : { payload: filled(typeof body === 'string' ? body : JSON.stringify(body), of) }),
      });
      return { status: answer.statusCode, text: answer.body, headers: answer.headers };
    };
    const tell = (door: SiteDoor, { method, url }: Asked) => `${door}, ${method} ${url}`;
    const look = async (asker: SiteAsker, door: SiteDoor, asked: Asked): Promise<string[]> => {
      const wrong: string[] = [];
      const answers = new Map<Kind, string>();
      for (const kind of kinds) {
        // Whoever is made to wait is told nothing, and nothing can be told from it.
        if (asked.url === '/api/sign-in') await owner.query('delete from sign_in_attempt');
        // A site's own wish that is still open is told to its members, whatever they ask for next.
        if (asked.url === '/api/synchronize') await owner.query('delete from sync_wish');
        const answer = await ask(asker, door, asked, names[kind]);
        cases += 1;
        const where = `${asker.name}, ${tell(door, asked)}, ${kind}`;
        for (const mark of marksIn(answer)) if (!asker.mayRead(mark, door)) wrong.push(`${where}: shows ${mark}`);
        if (answer.status >= 500) wrong.push(`${where}: ${answer.status} ${answer.text.slice(0, 200)}`);
        answers.set(kind, comparable(answer, Object.values(names[kind])));
      }
      // Whom somebody has invited to his own site, and what he has exported there, he sees there, and that is nobody else's.
      if (asked.url === '/api/invitations' || asked.url === '/api/audit-log.csv')
        await owner.query(
          `with invited as (delete from account_link where mail_id is not null)
           delete from audit_event where action in ('invite', 'export')`,
        );
      const never = answers.get('never')!;
      for (const [kind, answer] of answers)
        if (answer !== never)
          wrong.push(
            `${asker.name}, ${tell(door, asked)}: ${kind} is answered ${answer.slice(0, 300)}, and what never was ${never.slice(0, 300)}`,
          );
      return wrong;
    };

    const all: { readonly door: SiteDoor; readonly asked: Asked }[] = [];
    const unknownAmong = (door: SiteDoor, routes: readonly string[]) =>
      routes.filter((route) => !siteRequestsOf(door, route)?.length);
    for (const door of siteDoors) {
      const routes = [...apps[door].servedRoutes];
      failures.push(...unknownAmong(door, routes).map((route) => `nobody has said how ${route} of ${door} is asked`));
      all.push(...routes.flatMap((route) => siteRequestsOf(door, route) ?? []).map((asked) => ({ door, asked })));
      say(`${door}: ${routes.length} routes`);
    }
    for (const asker of full
      ? outsiders
      : [
          nobody,
          ...drawnFrom(
            outsiders.filter((one) => one !== nobody),
            3,
            seededRandom(seed),
          ),
        ]) {
      const before = failures.length;
      // What says itself whose session it comes with is asked once.
      const his = all.filter(
        ({ door, asked }) =>
          asker.isOutside(asked, door) && (asker === nobody || asked.headers?.['cookie'] === undefined),
      );
      for (const { door, asked } of his) failures.push(...(await look(asker, door, asked)));
      say(`${asker.name}: ${his.length} requests for three objects, ${failures.length - before} wrong`);
    }
    // Whoever may is shown it, by the same requests: else the sweep would ask for nothing.
    let shown = 0;
    for (const { door, asked } of all.filter(({ asked: { method } }) => method === 'GET')) {
      cases += 1;
      const marks = marksIn(await ask(holder, door, asked, names.there));
      if (marks.size > 0) shown += 1;
      for (const mark of marks)
        if (!holder.mayRead(mark, door)) failures.push(`${holder.name}, ${tell(door, asked)}: shows ${mark}`);
    }
    say(`${shown} of the requests show the site's own to its Site Admin`);
    if (shown < 15) failures.push(`only ${shown} of the requests show the site's own to its Site Admin`);

    const saboteurs: Saboteur[] = [];
    const caught = (name: string, wrong: readonly string[]) => {
      say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: wrong.length > 0 });
    };
    const planted = async (
      name: string,
      asker: string,
      plant: () => Promise<unknown>,
      undo: () => Promise<unknown>,
    ) => {
      const who = outsiders.find((one) => one.name === asker)!;
      const found: string[] = [];
      await plant();
      try {
        for (const { door, asked } of all.filter(({ asked: one, door: at }) => who.isOutside(one, at))) {
          found.push(...(await look(who, door, asked)));
          if (found.length > 0) break;
        }
      } finally {
        await undo();
      }
      caught(name, found);
    };
    const moveStranger = (to: keyof typeof sites) => withSession('stranger', to, tokensOf.get('stranger')!, now);
    await planted(
      'a session that was moved to a site without a look at the membership',
      'a Site Admin of another site',
      async () => {
        await owner.query(`insert into site_member (site_id, user_id, role) values ($1, 'stranger', 'site-admin')`, [
          sites.harbour,
        ]);
        await moveStranger('harbour');
      },
      async () => {
        await owner.query(`delete from site_member where site_id = $1 and user_id = 'stranger'`, [sites.harbour]);
        await moveStranger('island');
      },
    );
    await planted(
      'who is a member no more is let in',
      'who is a member no more',
      () =>
        owner.query(`insert into site_member (site_id, user_id, role) values ($1, 'former', 'member')`, [
          sites.harbour,
        ]),
      () => owner.query(`delete from site_member where user_id = 'former'`),
    );
    await planted(
      'who was deactivated is let in',
      'who was deactivated',
      () => owner.query(`update portal_user set active = true where user_id = 'gone'`),
      () => owner.query(`update portal_user set active = false where user_id = 'gone'`),
    );
    await planted(
      'a password alone is enough',
      'who has given a password alone',
      () => withSession('half', 'harbour', tokensOf.get('half')!, now, true),
      () => withSession('half', 'harbour', tokensOf.get('half')!, now, false),
    );
    await planted(
      'a session that ended is taken',
      'whose session has ended',
      () => withSession('late', 'harbour', tokensOf.get('late')!, now),
      () => owner.query(`delete from portal_session where user_id = 'late'`),
    );
    await planted(
      'a site that knows of another site’s bookings',
      'a Site Admin of another site',
      () =>
        owner.query(
          `insert into booking select (jsonb_populate_record(b, jsonb_build_object('site_id', $2::integer, 'type_text', 'none'))).*
             from booking b where site_id = $1 and booking_id = 'harbour-booking'`,
          [sites.harbour, sites.island],
        ),
      async () => {
        await owner.query(`delete from write_back where site_id = $1 and booking_id = 'harbour-booking'`, [
          sites.island,
        ]);
        await owner.query(`delete from booking where site_id = $1 and booking_id = 'harbour-booking'`, [sites.island]);
      },
    );
    await planted(
      'another site’s text in one’s own list',
      'a member of another site',
      () => owner.query(`update patient set family = 'MARK-harbour' where site_id = $1`, [sites.island]),
      () => owner.query(`update patient set family = 'MARK-island' where site_id = $1`, [sites.island]),
    );
    for (const door of siteDoors)
      caught(
        `a route of ${door} that nobody has said how to ask`,
        unknownAmong(door, ['GET /api/secrets/:secretId', 'POST /api/merge']),
      );
    return { cases, failures, saboteurs };
  } finally {
    await connect.close();
    await portal.close();
    await owner.end();
    await database.drop();
  }
};
