// The clinic of the mask proof with a portal that reads it over real HTTP: two offices, two providers, every pair with bookings on one
// of two days inside the window.
import { fileURLToPath } from 'node:url';
import type { TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import { appointments, clientIdOf, clientSecret, clinicId, createTestClinic } from '../../src/emr/fhir/test-clinic.ts';
import { emrProxy } from '../emr-proxy.ts';
import { type SyncPortal, syncPortal } from '../sync-portal.ts';

const zone = 'America/Toronto';

export interface MaskClinic {
  readonly clinic: TestClinic;
  readonly portal: SyncPortal;
  /** Calendar days of the offices, and the day of each booking. */
  readonly days: readonly string[];
  readonly dayOf: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export async function openMaskClinic(adminUrl: string): Promise<MaskClinic> {
  const migrations = fileURLToPath(new URL('../../src/emr/migrations', import.meta.url));
  const proxy = await emrProxy();
  const clinic = await createTestClinic(adminUrl, migrations, proxy.url);
  await clinic.app.listen({ host: '127.0.0.1', port: 0 });
  proxy.target = (clinic.app.server.address() as { port: number }).port;
  // At noon tomorrow and the day after, so that a proof that runs past midnight still knows which day is which.
  const { rows } = await clinic.owner.query<{ id: string; day: string }>(
    `update appointment a set start_at = at.noon, end_at = at.noon + interval '15 minutes'
       from unnest($1::text[]) with ordinality as one (id, n),
            lateral (select ((now() at time zone $2)::date + 1 + (n % 2)::integer + time '12:00') at time zone $2) as at (noon)
      where a.appointment_id = one.id
     returning a.appointment_id as id, to_char(at.noon at time zone $2, 'YYYY-MM-DD') as day`,
    [appointments.map(({ id }) => id), zone],
  );
  const portal = await syncPortal({
    adminUrl,
    emr: { baseUrl: `${proxy.url}/fhir`, clientId: clientIdOf(clinicId), clientSecret },
    providers: ['abel', 'baker'],
    zone,
  });
  return {
    clinic,
    portal,
    days: [...new Set(rows.map(({ day }) => day))].sort(),
    dayOf: new Map(rows.map(({ id, day }) => [id, day])),
    close: async () => {
      await portal.close();
      await clinic.close();
      await proxy.close();
    },
  };
}
