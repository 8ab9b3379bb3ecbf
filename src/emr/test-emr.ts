// A clinic with two offices in two zones and two providers who work in both, set up as a person would set it up. Only tests import
// this.
import { setTimeout } from 'node:timers/promises';
import type { LightMyRequestResponse } from 'fastify';
import type { ColumnSet } from '../fhir/columns.ts';
import { type FixedClock, fixedClock } from '../platform/clock.ts';
import { createPool, inTransaction, type Pool } from '../platform/database/db.ts';
import { type TestDatabase, testDatabase } from '../platform/database/test-database.ts';
import { sha256 } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { totpCode } from '../platform/session/totp.ts';
import type { RecoveryCodes, SecondFactorOffer, SignInStep } from './contract/second-factor.ts';
import type { ProviderPermissions } from './contract/security.ts';
import { createEmr, type Emr, emrMigrations, emrRoles, setUpClinic } from './index.ts';

export const tenantId = 1042;
export const password = 'a long password for tests';
export const offices = { harbour: 'America/Vancouver', river: 'America/Toronto' } as const;
export const providers = ['abel', 'baker'] as const;
/** 10:00 in Vancouver on Tuesday, 24 November 2026. */
export const now = '2026-11-24T17:00:00Z';

export interface Ask {
  readonly cookie?: string;
  readonly ifMatch?: string;
  readonly language?: 'en' | 'fr';
}

export interface TestEmr extends Emr {
  readonly database: TestDatabase;
  /** As the superuser, whom row-level security does not bind: for making facts and for looking at them. */
  readonly owner: Pool;
  readonly clock: FixedClock;
  /** Of Ada, the first administrator, who belongs to both offices. */
  readonly adaId: string;
  ask(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    url: string,
    body?: object,
    options?: Ask,
  ): Promise<LightMyRequestResponse>;
  /** The cookie of a session, with the second factor of whoever needs one: enrolled at the first time, by a recovery code later. */
  signIn(username: string, ofPassword?: string): Promise<string>;
  /** Starts all of `work` while `lock` is held, lets go when each of them waits for a lock, and gives what became of them. */
  atOnce<T>(lock: string, work: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]>;
  /** Ticks cells through the API, as whoever the cookie is, from the version that there is now. */
  grant(cookie: string, userId: string, rows: readonly Cell[]): Promise<LightMyRequestResponse>;
}

export type Cell = readonly [office: keyof typeof offices, provider: string, columns: ColumnSet, until?: string];

export const changesOf = (cells: readonly Cell[]) =>
  cells.map(([officeId, providerId, columns, accessUntilDay = null]) => ({
    officeId,
    providerId,
    columns,
    accessUntilDay,
  }));

export async function createTestEmr(adminUrl: string): Promise<TestEmr> {
  const database = await testDatabase({
    adminUrl,
    organisation: 'emr',
    migrations: emrMigrations,
    roles: emrRoles,
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const clock = fixedClock(now);
  const emr = await createEmr({
    appUrl: database.urlFor('emr_app'),
    importUrl: database.urlFor('emr_import'),
    publicUrl: 'http://emr.test',
    webDirectory: null,
    clock,
    log: createLog({ level: 'silent', name: 'test' }),
    version: '1.2.3',
    sealingKey: sha256('test'),
  });
  const ask: TestEmr['ask'] = (method, url, body, { cookie, ifMatch, language = 'en' } = {}) =>
    emr.app.inject({
      method,
      url,
      headers: {
        host: 'emr.test',
        origin: 'http://emr.test',
        'accept-language': language,
        ...(cookie ? { cookie } : {}),
        ...(ifMatch ? { 'if-match': `"${ifMatch}"` } : {}),
      },
      ...(body ? { payload: body } : {}),
    });
  const recoveryCodes = new Map<string, string[]>();
  const enrol = async (cookie: string): Promise<string[]> => {
    const offer = await ask('POST', '/api/second-factor/offer', undefined, { cookie });
    const code = totpCode(offer.json<SecondFactorOffer>().secret, clock.now());
    const confirmed = await ask('POST', '/api/second-factor/confirm', { code }, { cookie });
    return [...confirmed.json<RecoveryCodes>().recoveryCodes];
  };
  const { administratorId: adaId } = await setUpClinic(
    emr.context,
    {
      tenantId,
      clinicName: 'Harbour Clinic',
      officeName: 'Harbour',
      zone: offices.harbour,
      username: 'ada',
      displayName: 'Ada Placeholder',
      password,
    },
    { officeId: 'harbour' },
  );
  await fill(owner, adaId);
  return {
    ...emr,
    database,
    owner,
    clock,
    adaId,
    ask,
    signIn: async (username, ofPassword = password) => {
      const answer = await ask('POST', '/api/sign-in', { username, password: ofPassword });
      if (answer.statusCode !== 200) throw new Error(`no session: ${answer.statusCode} ${answer.body}`);
      const [set] = answer.cookies;
      const cookie = `${set!.name}=${set!.value}`;
      const { next } = answer.json<{ next?: SignInStep }>();
      if (next === 'enrol') recoveryCodes.set(username, await enrol(cookie));
      if (next === 'code') {
        const code = recoveryCodes.get(username)?.pop();
        const given = await ask('POST', '/api/sign-in/code', { code }, { cookie });
        if (given.statusCode !== 200) throw new Error(`no session: ${given.statusCode} ${given.body}`);
      }
      return cookie;
    },
    atOnce: (lock, work) =>
      inTransaction(owner, async (tx) => {
        await tx.query(lock);
        const outcomes = Promise.allSettled(work.map((one) => one()));
        const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        while ((await owner.query(waiting)).rows.length < work.length) await setTimeout(5);
        return { outcomes };
      }).then(({ outcomes }) => outcomes),
    grant: async (cookie, userId, rows) => {
      const url = `/api/users/${userId}/provider-permissions`;
      const { version } = (await ask('GET', url, undefined, { cookie })).json<ProviderPermissions>();
      return ask('PUT', url, { changes: changesOf(rows) }, { cookie, ifMatch: version });
    },
    close: async () => {
      await emr.close();
      await owner.end();
      await database.drop();
    },
  };
}

/** What comes by import: the roster, a patient of each pair, and one booking each at 9:00 in Vancouver on the day of `now`. */
async function fill(owner: Pool, adaId: string): Promise<void> {
  const one = (sql: string, ...values: unknown[]) => owner.query(sql, [tenantId, ...values]);
  await one(`insert into office (tenant_id, office_id, name, zone) values ($1, 'river', 'River', $2)`, offices.river);
  await one(`insert into office_membership (tenant_id, user_id, office_id) values ($1, $2, 'river')`, adaId);
  await one(
    `insert into provider (tenant_id, provider_id, prefix, given, family)
     select $1, id, 'Dr.', 'Test', initcap(id) from unnest($2::text[]) id`,
    providers,
  );
  await one(
    `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
     select $1, o, p, 'schedule-' || o || '-' || p, 'role-' || o || '-' || p from unnest($2::text[]) o, unnest($3::text[]) p`,
    Object.keys(offices),
    providers,
  );
  await one(
    `insert into patient (tenant_id, patient_id, family, given)
     select tenant_id, office_id || '-' || provider_id, initcap(provider_id) || '_' || office_id, 'Pat' from provider_schedule
      where tenant_id = $1`,
  );
  await one(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select tenant_id, office_id || '-' || provider_id, office_id, provider_id from provider_schedule where tenant_id = $1`,
  );
  await one(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
     select tenant_id, 'at-' || office_id || '-' || provider_id, office_id, provider_id, office_id || '-' || provider_id, 'booked',
            $2::timestamptz - interval '1 hour', $2::timestamptz - interval '45 minutes'
       from provider_schedule where tenant_id = $1`,
    now,
  );
}
