import { copyFrom, copyTo } from '../src/platform/database/copy.ts';
import { inTransaction, type PoolClient } from '../src/platform/database/db.ts';
import { type BenchClinic, benchClinic, measureRun, offices, schedules } from './clinic.ts';
import { type BenchInstallation, benchInstallation, peakMbOfBackends, startProcess } from './installation.ts';
import { type BenchOptions, type BenchResult, inTurns, mustBe, secondsOf } from './measure.ts';

/**
 * A full sync of a clinic in which nothing has changed since the last one. Beside it the limit: the same rows through COPY TO piped into
 * COPY FROM of copies of the staging tables, and the anti-joins that find that nothing is new, other or gone.
 */
export async function syncFullAgain({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const installation = await benchInstallation();
  try {
    const clinic = await benchClinic(installation, { tenantId: 1042, bookings });
    await installation.portal.query(`
      create schema bench;
      create unlogged table bench.patient (like intake.staged_patient including all);
      create unlogged table bench.booking (like intake.staged_booking including all);`);
    const emr = await startProcess(['--services', 'emr'], installation.environment);
    const worker = await startProcess(['--services', 'worker'], installation.environment);
    try {
      const first = await measureRun(installation, clinic, 'full');
      mustBe('Bookings of the first full run', first.report.created, clinic.bookings);
      // What autovacuum does within a minute or two; a bench does not wait for it.
      await installation.portal.query('vacuum analyze');
      const turns = await inTurns(
        { runs, things: bookings },
        { ours: () => runAgain(installation, clinic), limit: () => limitRun(installation, clinic) },
      );
      return {
        bench: 'sync-full-again',
        size: { bookings, patients: clinic.patients, offices, schedules },
        ...turns,
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

async function runAgain(installation: BenchInstallation, clinic: BenchClinic): Promise<number> {
  const { portal } = installation;
  await portal.query('checkpoint');
  const { report, seconds } = await measureRun(installation, clinic, 'full');
  const { rows } = await portal.query<{ unchanged: number; other: number; written: number }>(
    `select sum(unchanged)::integer as unchanged, sum(fetched - unchanged)::integer as other,
            (select count(*) from booking where site_id = $2 and xmin::text::bigint >= (select min(xmin::text::bigint) from connect.slice_ledger where run_id = $1)) as written
       from connect.slice_ledger where run_id = $1`,
    [report.runId, clinic.siteId],
  );
  mustBe('Bookings that the ledger calls unchanged', rows[0]!.unchanged, clinic.bookings);
  mustBe('Bookings left as they were', rows[0]!.unchanged - rows[0]!.other - rows[0]!.written, clinic.bookings);
  return seconds;
}

async function limitRun({ emr, portal }: BenchInstallation, clinic: BenchClinic): Promise<number> {
  const { bookings, patients } = clinic;
  await portal.query('truncate bench.booking, bench.patient');
  await portal.query('checkpoint');
  const copies = copiesOf(clinic);
  return secondsOf(() =>
    inTransaction(portal, (into) =>
      inTransaction(emr, async (from) => {
        for (const { table, select } of copies) {
          const source = copyTo(from, `copy (${select}) to stdout`);
          const rows = await copyFrom(into, `copy bench.${table} from stdin`, source);
          mustBe(`Rows of the limit in ${table}`, rows, table === 'booking' ? bookings : patients);
        }
        await into.query('analyze bench.booking, bench.patient');
        for (const { table, columns } of copies) await mustBeSame(into, table, columns);
      }),
    ),
  );
}

const copiesOf = ({ tenantId, siteId, connectionId }: BenchClinic) => [
  {
    table: 'patient',
    columns: 'patient_id, family, given, birth_date, gender, phone, email, language, chart_number, emr_version',
    select: `select ${siteId}, '${connectionId}', 'limit', patient_id, family, given, birth_date, gender, phone, email, language, chart_number,
                    version_id from patient where tenant_id = ${tenantId}`,
  },
  {
    table: 'booking',
    columns: `booking_id, office_id, provider_id, patient_id, patient_masked, status, participation, type_text, start_at, end_at, emr_version,
              emr_last_updated`,
    select: `select ${siteId}, '${connectionId}', 'limit', appointment_id, office_id, provider_id, patient_id, false, status, participation,
                    type_text, start_at, end_at, version_id, last_updated from appointment where tenant_id = ${tenantId}`,
  },
];

async function mustBeSame(into: PoolClient, table: string, columns: string): Promise<void> {
  const id = columns.split(',', 1)[0]!;
  const key = `k.site_id = s.site_id and k.connection_id = s.connection_id and k.${id} = s.${id}`;
  const all = (alias: string) =>
    columns
      .split(',')
      .map((column) => `${alias}.${column.trim()}`)
      .join(', ');
  const { rows } = await into.query<{ other: number; gone: number }>(
    `select (select count(*) from bench.${table} s
              where not exists (select from ${table} k where ${key} and (${all('k')}) is not distinct from (${all('s')}))) as other,
            (select count(*) from ${table} k where not exists (select from bench.${table} s where ${key})) as gone`,
  );
  if (rows[0]!.other + rows[0]!.gone !== 0) throw new Error(`The limit found that something changed in ${table}.`);
}
