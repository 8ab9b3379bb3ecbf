import { listDay } from '../src/emr/index.ts';
import { createPool, type Db, inTransaction, type Pool } from '../src/platform/database/db.ts';
import { benchClinic, offices, schedules } from './clinic.ts';
import { benchInstallation } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const listsARun = 40;

/**
 * The scheduler's list of one day in one office, for a user who holds everything. Three ways, in turns: without permissions (the
 * limit), with the join to the grants, and with row-level security behind it, as every request has it.
 */
export async function dayList({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const installation = await benchInstallation();
  const { emr, roles } = installation;
  const app = createPool(roles.emrApp, { max: 1, applicationName: 'tidegate bench' });
  try {
    const { tenantId, serviceUserId: userId } = await benchClinic(installation, { tenantId: 1042, bookings });
    const { rows: days } = await emr.query<{ from: Date; to: Date; n: number }>(
      `select date_trunc('day', now()) + interval '2 days' as from, date_trunc('day', now()) + interval '3 days' as to, count(*) as n
         from appointment where tenant_id = $1 and office_id = 'o1' and start_at >= date_trunc('day', now()) + interval '2 days'
          and start_at < date_trunc('day', now()) + interval '3 days'`,
      [tenantId],
    );
    const { from, to, n } = days[0]!;
    const day = { officeId: 'o1', from, to };
    const ways = {
      unfiltered: inside(emr, {}, (tx) => listUnfiltered(tx, tenantId, day)),
      joined: inside(emr, {}, (tx) => listDay(tx, tenantId, userId, day)),
      both: inside(app, { 'tidegate.tenant_id': String(tenantId), 'tidegate.user_id': userId }, (tx) =>
        listDay(tx, tenantId, userId, day),
      ),
    };
    const times: Record<keyof typeof ways, number[]> = { unfiltered: [], joined: [], both: [] };
    let list: string | undefined;
    for (let run = 0; run <= runs; run += 1) {
      for (const [name, way] of Object.entries(ways) as [keyof typeof ways, (typeof ways)[keyof typeof ways]][]) {
        const { seconds, rows, said } = await way();
        mustBe(`Bookings on the day (${name})`, rows, n);
        // Or the limit is another list's.
        list ??= said;
        if (said !== list) throw new Error(`The list (${name}) says something else than the first way's.`);
        // The first round warms up.
        if (run > 0) times[name].push(...seconds);
      }
    }
    const limit_s = median(times.unfiltered);
    const joined_s = median(times.joined);
    const median_s = median(times.both);
    return {
      bench: 'day-list',
      size: { bookings, on_the_day: n, offices, schedules },
      runs,
      median_s: rounded(median_s),
      per_s: Math.round(1 / median_s),
      limit_s: rounded(limit_s),
      joined_s: rounded(joined_s),
      ratio: rounded(joined_s / limit_s),
      ratio_both: rounded(median_s / limit_s),
    };
  } finally {
    await app.end();
    await installation.close();
  }
}

/** Lists the day several times in one transaction: what a list costs, and not what a connection does. */
function inside(pool: Pool, settings: Record<string, string>, list: (tx: Db) => Promise<readonly unknown[]>) {
  return (): Promise<{ readonly seconds: number[]; readonly rows: number; readonly said: string }> =>
    inTransaction(
      pool,
      async (tx) => {
        const seconds: number[] = [];
        let rows: readonly unknown[] = [];
        for (let n = 0; n < listsARun; n += 1) {
          seconds.push(
            await secondsOf(async () => {
              rows = await list(tx);
            }),
          );
        }
        return { seconds, rows: rows.length, said: JSON.stringify(rows) };
      },
      { settings, readOnly: true },
    );
}

/** The statement of the scheduler's list with nothing that asks who reads. */
async function listUnfiltered(
  tx: Db,
  tenantId: number,
  { officeId, from, to }: { readonly officeId: string; readonly from: Date; readonly to: Date },
): Promise<readonly unknown[]> {
  const { rows } = await tx.query(
    `select a.appointment_id as "appointmentId", a.office_id as "officeId", a.provider_id as "providerId", a.version_id as version,
            a.start_at as "startAt", a.end_at as "endAt", a.status, a.participation, a.type_text as type, a.reason,
            a.patient_id as "patientId",
            case when c.code is not null then jsonb_build_object('code', c.code, 'display', c.display) end as "clinicStatus",
            (select max(m.sent_at) from reminder_mark m
              where m.tenant_id = a.tenant_id and m.appointment_id = a.appointment_id) as "remindedAt",
            p.family || ', ' || p.given as "patientDisplay"
       from appointment a left join patient p on p.tenant_id = a.tenant_id and p.patient_id = a.patient_id
       left join appointment_status c on c.tenant_id = a.tenant_id and c.code = a.clinic_status
            and c.means = case when a.status = 'booked' and a.participation = 'accepted' then 'confirmed' else a.status end
      where a.tenant_id = $1 and a.office_id = $2 and a.start_at >= $3 and a.start_at < $4 and a.status <> 'entered-in-error'
      order by a.start_at, a.appointment_id`,
    [tenantId, officeId, from, to],
  );
  return rows;
}
