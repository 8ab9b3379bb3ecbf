import { type BenchClinic, benchClinic, measureRun, offices, schedules } from './clinic.ts';
import { type BenchInstallation, benchInstallation, startProcess } from './installation.ts';
import { type BenchOptions, type BenchResult, inTurns, mustBe } from './measure.ts';

const comparedWith = 10_000;

/**
 * What a recent sync costs must follow from what changed, not from how much there is: the same number of changes in a clinic of
 * --bookings and in one of 10,000, in turns, by the same processes. `limit_s` is the small clinic's.
 */
export async function syncRecent({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const small = Math.min(comparedWith, bookings);
  const changes = Math.min(1000, small);
  const installation = await benchInstallation();
  try {
    const clinics = {
      small: await benchClinic(installation, { tenantId: 1042, bookings: small }),
      large: await benchClinic(installation, { tenantId: 2042, bookings }),
    };
    const emr = await startProcess(['--services', 'emr'], installation.environment);
    const worker = await startProcess(['--services', 'worker'], installation.environment);
    try {
      for (const clinic of Object.values(clinics)) {
        const { report } = await measureRun(installation, clinic, 'full');
        mustBe('Bookings of the first full run', report.created, clinic.bookings);
      }
      await installation.portal.query('vacuum analyze');
      const turns = await inTurns(
        { runs, things: changes },
        {
          ours: () => recentRun(installation, clinics.large, changes),
          limit: () => recentRun(installation, clinics.small, changes),
        },
      );
      return {
        bench: 'sync-recent',
        size: { bookings, compared_with: small, changes, offices, schedules },
        ...turns,
      };
    } finally {
      await worker.stop();
      await emr.stop();
    }
  } finally {
    await installation.close();
  }
}

async function recentRun(installation: BenchInstallation, clinic: BenchClinic, changes: number): Promise<number> {
  const { emr, portal } = installation;
  // As if the run before were two quiet minutes ago: without this each run would read the changes of all before it in its overlap.
  await portal.query(`update connect.slice_cursor set cursor_at = now() + interval '2 minutes' where site_id = $1`, [
    clinic.siteId,
  ]);
  const { rowCount } = await emr.query(
    `update appointment set status = case status when 'booked' then 'arrived' else 'booked' end, version_id = version_id + 1,
            last_updated = clock_timestamp()
      where tenant_id = $1 and appointment_id in (
            select appointment_id from appointment where tenant_id = $1 order by md5(appointment_id || random()) limit $2)`,
    [clinic.tenantId, changes],
  );
  mustBe('Bookings changed in the EMR', rowCount ?? 0, changes);
  await emr.query('vacuum analyze appointment');
  const { report, seconds } = await measureRun(installation, clinic, 'recent');
  mustBe('Bookings updated by the recent run', report.updated, changes);
  const same = 'appointment_id || status || version_id';
  const [inEmr, inPortal] = await Promise.all([
    emr.query(
      `select md5(string_agg(${same}, ',' order by appointment_id)) as sum from appointment where tenant_id = $1`,
      [clinic.tenantId],
    ),
    portal.query(
      `select md5(string_agg(booking_id || status || emr_version, ',' order by booking_id)) as sum from booking
        where site_id = $1 and state = 'present'`,
      [clinic.siteId],
    ),
  ]);
  if (inEmr.rows[0].sum !== inPortal.rows[0].sum)
    throw new Error('After the recent run EMR and portal are not the same.');
  return seconds;
}
