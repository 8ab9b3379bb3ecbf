import { bookingHash, digestOf, patientHash } from '../../fhir/appointment-digest.sql.ts';
import type { DigestedPeriod, DigestRequest } from '../../fhir/appointment-digest.ts';
import type { Db } from '../../platform/database/db.ts';
import { type Reader, statement, visibleSql } from './resources.sql.ts';
import { resources } from './resources.ts';

/**
 * Of exactly the bookings that an export would give this reader, by the same predicate, and of the patients that it would give with them.
 * What was entered in error is no booking.
 */
export async function digestVisible(db: Db, reader: Reader, { salt, cuts }: DigestRequest): Promise<DigestedPeriod[]> {
  const { values, bind } = statement();
  const instants = cuts.map((cut) => `${bind(cut)}::timestamptz`);
  const hash = bookingHash(`${bind(salt)}::text`, {
    id: 'a.appointment_id',
    office: 'a.office_id',
    provider: 'a.provider_id',
    version: 'a.version_id',
    lastUpdated: 'a.last_updated',
    start: 'a.start_at',
    end: 'a.end_at',
    status: 'a.status',
    type: 'a.type_text',
    patientId: 'a.patient_id',
    participation: 'a.participation',
    masked: '(g.columns & 1) = 0',
    patient: 'shown.patient',
    missing: 'withheld',
  });
  const patient = patientHash({
    version: 'p.version_id',
    family: 'p.family',
    given: 'p.given',
    birthDate: 'p.birth_date',
    gender: 'p.gender',
    phone: 'p.phone',
    email: 'p.email',
    language: 'p.language',
    chartNumber: 'p.chart_number',
  });
  // Everything is read: each table once, and into a few groups, however little the planner knows of either.
  await db.query('set local enable_nestloop = off');
  await db.query('set local enable_sort = off');
  const { rows } = await db.query<DigestedPeriod & Record<string, unknown>>(
    `with shown as materialized (select p.patient_id, ${patient} as patient ${visibleSql('Patient', reader, bind)}),
     booking as (
       select a.office_id, a.provider_id, width_bucket(a.start_at, array[${instants.join(', ')}]) - 1 as period, ${hash} as hash
         ${visibleSql('Appointment', reader, bind, `${resources.Appointment.from} left join shown on shown.patient_id = a.patient_id`)}
          and a.start_at >= ${instants[0]} and a.start_at < ${instants.at(-1)} and a.status <> 'entered-in-error'
       offset 0)
     select office_id as "officeId", provider_id as "providerId", period, count(*) as count, ${digestOf('hash')} as digest
       from booking group by 1, 2, 3`,
    values,
  );
  return rows;
}
