import { copyFrom, copyTo } from '../src/platform/database/copy.ts';
import { inTransaction, type Pool } from '../src/platform/database/db.ts';
import { type BenchClinic, benchClinic, measureRun, offices, schedules } from './clinic.ts';
import { type BenchInstallation, benchInstallation, peakMbOfBackends, startProcess } from './installation.ts';
import { type BenchOptions, type BenchResult, inTurns, mustBe, rounded, secondsOf } from './measure.ts';

/**
 * First full sync into an empty portal, end to end: EMR and worker in processes of their own, HTTP between them. Beside it the limit:
 * the same rows through COPY TO piped into COPY FROM of copies of the portal's tables.
 */
export async function syncFull({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const installation = await benchInstallation();
  try {
    const clinic = await benchClinic(installation, { tenantId: 1042, bookings });
    await makeLimitTables(installation.portal);
    const emr = await startProcess(['--services', 'emr'], installation.environment);
    const worker = await startProcess(['--services', 'worker'], installation.environment);
    try {
      const turns = await inTurns(
        { runs, things: bookings },
        { ours: () => fullRun(installation, clinic), limit: () => limitRun(installation, clinic) },
      );
      return {
        bench: 'sync-full',
        size: { bookings, patients: clinic.patients, offices, schedules },
        ...turns,
        allowed_s: rounded(3 * turns.limit_s + 1),
        processes: 'emr, worker and PostgreSQL, as `npm start` sets them; HTTP between emr and worker',
        peak_mb: {
          emr: emr.peakMb(),
          worker: worker.peakMb(),
          largest_postgres: await peakMbOfBackends(installation.portal),
        },
      };
    } finally {
      await worker.stop();
      await emr.stop();
    }
  } finally {
    await installation.close();
  }
}

async function fullRun(installation: BenchInstallation, clinic: BenchClinic): Promise<number> {
  const { portal } = installation;
  await portal.query('truncate booking, patient, schedule, office, provider, connect.slice_cursor cascade');
  await portal.query('checkpoint');
  const { report, seconds } = await measureRun(installation, clinic, 'full');
  mustBe('Bookings created by the full run', report.created, clinic.bookings);
  const { rows } = await portal.query<{ bookings: number; named: number; patients: number; ledger: number }>(
    `select (select count(*) from booking where state = 'present' and not patient_masked) as bookings,
            (select count(*) from booking join patient using (site_id, connection_id, patient_id)) as named,
            (select count(*) from patient) as patients,
            (select sum(created)::integer from connect.slice_ledger where run_id = $1) as ledger`,
    [report.runId],
  );
  mustBe('Bookings in the portal', rows[0]!.bookings, clinic.bookings);
  mustBe('Bookings with their patient in the portal', rows[0]!.named, clinic.bookings);
  mustBe('Patients in the portal', rows[0]!.patients, clinic.patients);
  mustBe('Bookings in the ledger', rows[0]!.ledger, clinic.bookings);
  return seconds;
}

/** Same columns, indexes, checks and foreign keys as the real tables; row-level security is off in them. */
async function makeLimitTables(portal: Pool): Promise<void> {
  await portal.query(`
    create schema bench;
    create table bench.patient (like public.patient including all);
    create table bench.booking (like public.booking including all);`);
  const { rows } = await portal.query<{ table: string; definition: string }>(
    `select c.relname as table, pg_get_constraintdef(k.oid) as definition
       from pg_constraint k join pg_class c on c.oid = k.conrelid
      where k.contype = 'f' and c.oid in ('public.booking'::regclass, 'public.patient'::regclass)`,
  );
  if (rows.length === 0) throw new Error('The portal’s tables have no foreign keys: the limit would be another one.');
  for (const { table, definition } of rows) await portal.query(`alter table bench.${table} add ${definition}`);
}

async function limitRun({ emr, portal }: BenchInstallation, clinic: BenchClinic): Promise<number> {
  const { tenantId, siteId, connectionId, bookings, patients } = clinic;
  await portal.query('truncate bench.booking, bench.patient');
  await portal.query('checkpoint');
  const copies = [
    {
      from: `select ${siteId}, '${connectionId}', patient_id, family, given, birth_date, gender, phone, email, language, chart_number, version_id
               from patient where tenant_id = ${tenantId}`,
      into: 'bench.patient',
      rows: patients,
    },
    {
      from: `select ${siteId}, '${connectionId}', appointment_id, office_id, provider_id, patient_id, false, status, participation, type_text,
                    start_at, end_at, version_id, last_updated, 'present', now(), null
               from appointment where tenant_id = ${tenantId}`,
      into: 'bench.booking',
      rows: bookings,
    },
  ];
  return secondsOf(() =>
    inTransaction(portal, (into) =>
      inTransaction(emr, async (from) => {
        for (const copy of copies) {
          const source = copyTo(from, `copy (${copy.from}) to stdout`);
          mustBe(
            `Rows of the limit in ${copy.into}`,
            await copyFrom(into, `copy ${copy.into} from stdin`, source),
            copy.rows,
          );
        }
      }),
    ),
  );
}
