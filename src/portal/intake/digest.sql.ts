import { bookingHash, digestOf, patientHash } from '../../fhir/appointment-digest.sql.ts';
import type { DigestedPeriod, DigestRequest } from '../../fhir/appointment-digest.ts';
import type { Db } from '../../platform/database/db.ts';
import { type RunKey, readEachTableOnce } from './staging.sql.ts';

export interface KnownPeriod extends DigestedPeriod {
  /** A full reading would have something to decide of bookings that are not simply present: digests cannot say it. */
  readonly undecided: boolean;
}

/**
 * As the EMR says it of what it would give: of what the portal holds as present, between the first cut and the last. In a transaction of its
 * own, for the planner is led: it knows neither how few schedules there are nor how many bookings.
 */
export async function digestKnown(
  db: Db,
  { siteId, connectionId }: Omit<RunKey, 'runId'>,
  { salt, cuts }: DigestRequest,
): Promise<KnownPeriod[]> {
  const hash = bookingHash('$4::text', {
    id: 'b.booking_id',
    office: 'b.office_id',
    provider: 'b.provider_id',
    version: 'b.emr_version',
    lastUpdated: 'b.emr_last_updated',
    start: 'b.start_at',
    end: 'b.end_at',
    status: 'b.status',
    type: 'b.type_text',
    patientId: 'b.patient_id',
    participation: 'b.participation',
    masked: 'b.patient_masked',
    patient: 'known.patient',
    missing: 'unknown',
  });
  const patient = patientHash({
    version: 'p.emr_version',
    family: 'p.family',
    given: 'p.given',
    birthDate: 'p.birth_date',
    gender: 'p.gender',
    phone: 'p.phone',
    email: 'p.email',
    language: 'p.language',
    chartNumber: 'p.chart_number',
  });
  await readEachTableOnce(db);
  await db.query('set local enable_sort = off');
  const { rows } = await db.query<KnownPeriod & Record<string, unknown>>(
    `with known as materialized (select p.patient_id, ${patient} as patient from patient p where p.site_id = $1 and p.connection_id = $2),
     held as (
       select b.office_id, b.provider_id, width_bucket(b.start_at, $3::timestamptz[]) - 1 as period, b.state,
              case when b.state = 'present' then ${hash} end as hash
         from booking b
         left join known on known.patient_id = b.patient_id
        where b.site_id = $1 and b.connection_id = $2 and b.start_at >= $5 and b.start_at < $6
          and b.state in ('present', 'unconfirmed', 'visibility-lost', 'not-selected', 'out-of-window')
       offset 0)
     select office_id as "officeId", provider_id as "providerId", period, count(hash) as count, coalesce(${digestOf('hash')}, '') as digest,
            bool_or(state <> 'present') as undecided
       from held group by 1, 2, 3`,
    [siteId, connectionId, cuts, salt, cuts[0], cuts.at(-1)],
  );
  return rows;
}
