// A clinic of a given size and its portal, connected. Rows go straight into the EMR's tables: what the benches measure begins at its
// interface, and the importer has a bench of its own. Users, grants, sites and connections go through the use cases that screens call.
import { findRun, type RunReport, requestRun, saveSettings } from '../src/connect/index.ts';
import { addIntegration, createEmr, readPermissions, setProviderPermissions } from '../src/emr/index.ts';
import { allColumns } from '../src/fhir/columns.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { emrGround } from '../src/services.ts';
import type { BenchInstallation } from './installation.ts';

export interface ClinicSize {
  readonly bookings: number;
  readonly patients: number;
}
export const clinicSize = (bookings: number): ClinicSize => ({
  bookings,
  patients: Math.min(bookings, Math.max(100, Math.round(bookings / 5))),
});

export interface BenchClinic extends ClinicSize {
  readonly tenantId: number;
  readonly siteId: number;
  readonly connectionId: string;
  readonly serviceUserId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export const offices = 4;
const providers = 18;
export const schedules = 24;
const zone = 'America/Vancouver';

/** Ids as long as the EMR's own and, like those, in the order in which things were made. */
const idOf = (n: string, kind: string): string =>
  `lpad(to_hex(${n}), 8, '0') || '-0000-7000-8000-' || left(md5('${kind}' || ${n}), 12)`;

/**
 * `bookings` appointments over the twelve days from tomorrow on, 24 schedules, a patient for about five bookings, everything granted to
 * the integration user, every provider selected. All of it was last changed an hour ago.
 */
export async function benchClinic(
  installation: BenchInstallation,
  { tenantId, bookings }: { readonly tenantId: number; readonly bookings: number },
): Promise<BenchClinic> {
  const size = clinicSize(bookings);
  await fillEmr(installation.emr, tenantId, size);
  const { roles, log, sealingKey, portal } = installation;
  const siteId = tenantId;
  await portal.query(`insert into site (site_id, name, zone) values ($1, 'Bench', $2)`, [siteId, zone]);

  const emr = await createEmr({ ...emrGround(installation), webDirectory: null });
  const connectPool = createPool(roles.connectApp, { max: 1, applicationName: 'tidegate bench', log });
  try {
    const actor = { tenantId, userId: 'administrator' };
    const officeIds = Array.from({ length: offices }, (_, n) => `o${n + 1}`);
    const integration = await addIntegration(emr.context, actor, { name: 'Cloud Connect', officeIds });
    const serviceUserId = integration.user.userId;
    const { rows: pairs } = await installation.emr.query<{ officeId: string; providerId: string }>(
      `select office_id as "officeId", provider_id as "providerId" from provider_schedule where tenant_id = $1`,
      [tenantId],
    );
    const held = await readPermissions(emr.context, actor, serviceUserId);
    await setProviderPermissions(emr.context, actor, {
      userId: serviceUserId,
      version: held.version,
      changes: pairs.map((pair) => ({ ...pair, columns: allColumns, accessUntilDay: null })),
    });
    // What autovacuum does within a minute or two of the clinic's set-up; a bench does not wait for it.
    await installation.emr.query('analyze permission_grant, office_membership, app_user');
    const { connectionId } = await saveSettings(
      { pool: connectPool, sealingKey },
      { siteId, userId: null },
      {
        name: 'bench',
        baseUrl: integration.fhirBaseUrl,
        clientId: integration.clientId,
        clientSecret: integration.clientSecret,
        windowDays: 14,
        intervalMinutes: 1440,
        absenceIsDeletion: false,
        selectNewProviders: false,
        features: ['provider-list', 'day-sheet'],
        selectedProviderIds: [...new Set(pairs.map((pair) => pair.providerId))],
      },
      { version: '0' },
    );
    // Benches ask for their runs themselves.
    await portal.query(`update connect.connection set next_run_at = 'infinity' where site_id = $1`, [siteId]);
    const { clientId, clientSecret } = integration;
    return { ...size, tenantId, siteId, connectionId, serviceUserId, clientId, clientSecret };
  } finally {
    await connectPool.end();
    await emr.close();
  }
}

async function fillEmr(emr: Pool, tenantId: number, { bookings, patients }: ClinicSize): Promise<void> {
  const made = `now() - interval '1 hour'`;
  // Foreign keys and triggers are left out: what is made here is whole, and a million rows would take minutes.
  await emr.query(`
    begin;
    set local session_replication_role = replica;
    insert into tenant (tenant_id, name) values (${tenantId}, 'Bench');
    insert into app_user (tenant_id, user_id, kind, username, display_name)
      values (${tenantId}, 'administrator', 'administrator', 'ada', 'Ada Placeholder');
    insert into office (tenant_id, office_id, name, zone)
      select ${tenantId}, 'o' || o, 'Office ' || o, '${zone}' from generate_series(1, ${offices}) o;
    insert into provider (tenant_id, provider_id, prefix, given, family)
      select ${tenantId}, 'p' || p, 'Dr.', 'Fictitious', 'Number' || p from generate_series(1, ${providers}) p;
    insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
      select ${tenantId}, 'o' || o, 'p' || p, 's-' || o || '-' || p, 'r-' || o || '-' || p
        from generate_series(1, ${offices}) o, generate_series(1, ${providers}) p where (o + p) % 3 = 0;
    insert into patient (tenant_id, patient_id, family, given, birth_date, gender, phone, email, chart_number, last_updated)
      select ${tenantId}, ${idOf('n', 'patient')}, 'Madeup' || n % 977, 'Mara' || n % 89, date '1940-01-01' + n % 29000, 'female',
             '604-555-0117', 'mara' || n || '@mail.example', 'C' || n, ${made}
        from generate_series(1, ${patients}) n;
    insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, start_at, end_at,
                             created_at, last_updated)
      select ${tenantId}, ${idOf('n', 'appointment')}, s.office_id, s.provider_id, ${idOf(`(1 + n % ${patients})`, 'patient')}, 'booked',
             'Recheck', at, at + interval '15 minutes', ${made}, ${made}
        from generate_series(1, ${bookings}) n
        join (select office_id, provider_id, row_number() over (order by office_id, provider_id) - 1 as nth
                from provider_schedule where tenant_id = ${tenantId}) s on s.nth = n % ${schedules},
             lateral (select date_trunc('day', now()) + interval '1 day 16 hours' + (n / ${schedules} % 12) * interval '1 day'
                             + (n::bigint * 7919 % 97) * interval '5 minutes') as start (at);
    insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
      select distinct tenant_id, patient_id, office_id, provider_id from appointment where tenant_id = ${tenantId};
    commit;`);
  // What autovacuum does within a minute or two; a bench does not wait for it.
  await emr.query('vacuum analyze');
}

export interface MeasuredRun {
  readonly report: RunReport;
  /** From the run's start, its wait in the queue left out, until others see that its ledger is committed. */
  readonly seconds: number;
}

/** Asks for a run and looks every few milliseconds, by the database's clock, whether its end is committed. */
export async function measureRun(
  { portal }: BenchInstallation,
  { siteId, connectionId }: BenchClinic,
  mode: 'full' | 'recent',
): Promise<MeasuredRun> {
  const { runId } = await requestRun({ pool: portal }, { siteId, connectionId, mode, requestedBy: null });
  for (;;) {
    const { rows } = await portal.query<{ ended: boolean; seconds: number }>(
      `select state not in ('queued', 'running') as ended, extract(epoch from clock_timestamp() - started_at)::float8 as seconds
         from connect.sync_run where site_id = $1 and run_id = $2`,
      [siteId, runId],
    );
    if (rows[0]!.ended) {
      const report = (await findRun({ pool: portal }, { siteId, connectionId, runId }))!;
      if (report.state !== 'complete') {
        throw new Error(
          `The ${mode} run ended ${report.state} (${JSON.stringify(report.problem)}), and should be complete.`,
        );
      }
      await emptied(portal, siteId);
      return { report, seconds: rows[0]!.seconds };
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The run tidies its staging after its end; what is measured next shall not share the machine with that. */
async function emptied(portal: Pool, siteId: number): Promise<void> {
  for (;;) {
    const { rows } = await portal.query<{ left: boolean }>(
      `select exists (select from intake.staged_booking where site_id = $1) or exists (select from intake.staged_patient where site_id = $1) as left`,
      [siteId],
    );
    if (!rows[0]!.left) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
