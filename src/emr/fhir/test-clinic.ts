// Two offices and two providers, each of whom sees patients in both: the smallest clinic in which office, provider and pair are
// three different things. A second clinic has the same ids. Only tests import this.
import type { FastifyInstance } from 'fastify';
import { type FixedClock, fixedClock } from '../../platform/clock.ts';
import { createPool, type Pool } from '../../platform/database/db.ts';
import { type TestDatabase, testDatabase } from '../../platform/database/test-database.ts';
import { createHttp } from '../../platform/http/create-http.ts';
import { sha256 } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { auditRequests } from '../audit/audit-requests.ts';
import type { EmrContext } from '../context.ts';
import { registerOauth } from '../oauth/oauth.routes.ts';
import { registerFhir } from './fhir.routes.ts';

export const offices = ['north', 'south'] as const;
export const providers = ['abel', 'baker'] as const;
export type Pair = readonly [office: string, provider: string];
export const pairs: readonly Pair[] = offices.flatMap((office) =>
  providers.map((provider): Pair => [office, provider]),
);

/** Who is known where, and the bookings: of each pair one of its own patient, and one of a patient of two pairs. */
export const patients: readonly { readonly id: string; readonly of: readonly Pair[] }[] = [
  ...pairs.map(([office, provider]) => ({ id: `of-${office}-${provider}`, of: [[office, provider] as Pair] })),
  { id: 'of-two', of: [pairs[0]!, pairs[3]!] },
];
export const appointments: readonly { readonly id: string; readonly pair: Pair; readonly patient: string }[] =
  patients.flatMap(({ id, of }) => of.map((pair) => ({ id: `${pair.join('-')}.${id}`, pair, patient: id })));

export const clinicId = 7001;
export const otherClinicId = 7002;
export const clientSecret = 'a secret of 43 characters, more or less, yes';
export const clientIdOf = (tenantId: number): string => `${tenantId}-client`;

export interface TestClinic {
  readonly app: FastifyInstance;
  readonly context: EmrContext;
  /** As the database's superuser, whom row-level security does not bind. */
  readonly owner: Pool;
  readonly database: TestDatabase;
  readonly clock: FixedClock;
  /** Sets the integration user's row of one pair: columns 0 to 63, and until when it holds. */
  setGrant(pair: Pair, columns: number, accessUntil?: Date | null): Promise<void>;
  token(tenantId?: number, scope?: string): Promise<string>;
  close(): Promise<void>;
}

const hostile = 'Ça "va" \\ \'bien\' ,\r\n{}\t\u2028 \u{1F600} \\.';

export async function createTestClinic(
  adminUrl: string,
  migrations: string,
  publicUrl = 'http://emr.test',
): Promise<TestClinic> {
  const database = await testDatabase({ adminUrl, organisation: 'emr', migrations, roles: ['emr_app', 'emr_import'] });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const pool = createPool(database.urlFor('emr_app'), { max: 5, applicationName: 'test' });
  const recordPool = createPool(database.urlFor('emr_app'), { max: 1, applicationName: 'test' });
  const importPool = createPool(database.urlFor('emr_import'), { max: 1, applicationName: 'test' });
  const clock = fixedClock(new Date());
  const log = createLog({ level: 'warn', name: 'test' });
  const context: EmrContext = {
    pool,
    recordPool,
    importPool,
    clock,
    log,
    publicUrl,
    version: 'test',
    sealingKey: sha256('test'),
    announceTo: 'loopback',
  };
  const app = createHttp({ log });
  auditRequests(app, context);
  registerOauth(app, context);
  registerFhir(app, context);
  await app.ready();
  for (const tenantId of [clinicId, otherClinicId]) await fill(owner, tenantId);
  return {
    app,
    context,
    owner,
    database,
    clock,
    setGrant: async ([office, provider], columns, accessUntil = null) => {
      await owner.query(
        `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until, access_until_day)
         values ($1, 'service', $2, $3, $4, $5::timestamptz, ($5::timestamptz)::date)
         on conflict (tenant_id, user_id, office_id, provider_id)
         do update set columns = excluded.columns, access_until = excluded.access_until, access_until_day = excluded.access_until_day`,
        [clinicId, office, provider, columns, accessUntil],
      );
      await owner.query(`update app_user set permission_version = permission_version + 1 where user_id = 'service'`);
    },
    token: async (tenantId = clinicId, scope = 'system/*.read') => {
      const answer = await app.inject({
        method: 'POST',
        url: '/oauth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientIdOf(tenantId),
          client_secret: clientSecret,
          scope,
        }).toString(),
      });
      const { access_token: token } = answer.json<{ access_token?: string }>();
      if (!token) throw new Error(`no token: ${answer.statusCode} ${answer.body}`);
      return token;
    },
    close: async () => {
      await app.close();
      await Promise.all([owner.end(), pool.end(), recordPool.end(), importPool.end()]);
      await database.drop();
    },
  };
}

/** The first clinic holds nothing until a test grants it; the second holds everything, and must never be seen. */
async function fill(owner: Pool, tenantId: number): Promise<void> {
  const one = (sql: string, ...values: unknown[]) => owner.query(sql, [tenantId, ...values]);
  const officeOf = ([office]: Pair) => office;
  const providerOf = ([, provider]: Pair) => provider;
  await one(`insert into tenant (tenant_id, name) values ($1, 'Clinic')`);
  await one(
    `insert into office (tenant_id, office_id, name, zone) select $1, id, id, 'America/Toronto' from unnest($2::text[]) id`,
    offices,
  );
  await one(
    `insert into provider (tenant_id, provider_id, prefix, given, family) select $1, id, 'Dr.', id, $3 from unnest($2::text[]) id`,
    providers,
    hostile,
  );
  await one(
    `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
     select $1, o, p, 'schedule-' || o || '-' || p, 'role-' || o || '-' || p from unnest($2::text[], $3::text[]) pair (o, p)`,
    pairs.map(officeOf),
    pairs.map(providerOf),
  );
  await one(
    `insert into patient (tenant_id, patient_id, family, given, birth_date, gender, email, chart_number)
     select $1, id, $3, $3, '1970-02-03', 'female', 'x@example.org', id from unnest($2::text[]) id`,
    patients.map(({ id }) => id),
    hostile,
  );
  const known = patients.flatMap(({ id, of }) => of.map((pair) => ({ id, pair })));
  await one(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select $1, id, o, p from unnest($2::text[], $3::text[], $4::text[]) k (id, o, p)`,
    known.map(({ id }) => id),
    known.map(({ pair }) => officeOf(pair)),
    known.map(({ pair }) => providerOf(pair)),
  );
  await one(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, reason, start_at, end_at)
     select $1, id, o, p, patient, 'booked', $6, $6, at, at + interval '15 minutes'
       from unnest($2::text[], $3::text[], $4::text[], $5::text[]) with ordinality a (id, o, p, patient, n),
            lateral (select timestamptz '2026-11-24 14:00Z' + n * interval '1 hour') as start (at)`,
    appointments.map(({ id }) => id),
    appointments.map(({ pair }) => officeOf(pair)),
    appointments.map(({ pair }) => providerOf(pair)),
    appointments.map(({ patient }) => patient),
    hostile,
  );
  await one(
    `insert into app_user (tenant_id, user_id, kind, username, display_name) values ($1, 'service', 'service', 'OceanAPI' || $1::integer, 'Integration')`,
  );
  await one(
    `insert into office_membership (tenant_id, user_id, office_id) select $1, 'service', id from unnest($2::text[]) id`,
    offices,
  );
  await one(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash)
     values ($1, $2, 'service', 'test', 'client_secret_post', $3)`,
    clientIdOf(tenantId),
    sha256(clientSecret),
  );
  if (tenantId === otherClinicId) {
    await one(
      `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns)
       select tenant_id, 'service', office_id, provider_id, 63 from provider_schedule where tenant_id = $1`,
    );
    // Ids of the other clinic that this one does not have, so that a leak shows as one.
    await one(`update patient set family = 'other clinic' where tenant_id = $1`);
  }
}

export const hostileText = hostile;
