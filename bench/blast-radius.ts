import { createEmr, previewChanges } from '../src/emr/index.ts';
import { emrGround } from '../src/services.ts';
import { benchClinic, offices, schedules } from './clinic.ts';
import { benchInstallation } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

/**
 * What Manage Security counts before the worst change there is: everything of every schedule is taken away from a user who holds it. In turns
 * with the limit: the same two counts with nothing that asks who reads, and nothing to compare.
 */
export async function blastRadius({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const installation = await benchInstallation();
  const { emr } = installation;
  const app = await createEmr({ ...emrGround(installation), webDirectory: null });
  try {
    const clinic = await benchClinic(installation, { tenantId: 1042, bookings });
    const { tenantId, serviceUserId: userId } = clinic;
    const { rows: pairs } = await emr.query<{ officeId: string; providerId: string }>(
      `select office_id as "officeId", provider_id as "providerId" from provider_schedule where tenant_id = $1`,
      [tenantId],
    );
    const changes = pairs.map((pair) => ({ ...pair, columns: 0, accessUntilDay: null }));
    const { rows: there } = await emr.query<{ bookings: number; patients: number }>(
      `select (select count(*) from appointment where tenant_id = $1) as bookings,
              (select count(distinct patient_id) from patient_pair where tenant_id = $1) as patients`,
      [tenantId],
    );
    const times: Record<'ours' | 'limit', number[]> = { ours: [], limit: [] };
    for (let run = 0; run <= runs; run += 1) {
      const limit = await secondsOf(async () => {
        await emr.query(
          `select (select count(*) from appointment where tenant_id = $1 and start_at >= now()),
                  (select count(*) from (select from patient_pair where tenant_id = $1 group by patient_id) p)`,
          [tenantId],
        );
      });
      const ours = await secondsOf(async () => {
        const counted = await previewChanges(app.context, { tenantId }, { userId, changes });
        mustBe('Bookings that disappear', counted.bookings.disappear, there[0]!.bookings);
        mustBe('Patients who disappear', counted.patients.disappear, there[0]!.patients);
      });
      // The first round warms up.
      if (run > 0) {
        times.ours.push(ours);
        times.limit.push(limit);
      }
    }
    const [median_s, limit_s] = [median(times.ours), median(times.limit)];
    return {
      bench: 'blast-radius',
      size: { bookings, patients: clinic.patients, offices, schedules },
      runs,
      median_s: rounded(median_s),
      per_s: Math.round(bookings / median_s),
      limit_s: rounded(limit_s),
      ratio: rounded(median_s / limit_s),
    };
  } finally {
    await app.close();
    await installation.close();
  }
}
