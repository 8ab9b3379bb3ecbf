// The test portal with an office, a provider and a patient at each of its two sites. Only tests import this.
import { createTestPortal, harbour, island, type TestPortal } from '../test-portal.ts';

export const connectionId = 'connection-1';
export const birthDate = { day: '22', month: '10', year: '1980' };

export interface LinkPortal extends TestPortal {
  /** Takes away bookings and what hangs on them. */
  empty(): Promise<void>;
}

export async function createLinkPortal(adminUrl: string): Promise<LinkPortal> {
  const portal = await createTestPortal(adminUrl);
  const { owner } = portal;
  for (const siteId of [harbour, island]) {
    const of = [siteId, connectionId];
    await owner.query(
      `insert into office (site_id, connection_id, office_id, name, zone) values ($1, $2, 'hill', 'Lantern Hill', 'America/Vancouver')`,
      of,
    );
    await owner.query(
      `insert into provider (site_id, connection_id, provider_id, display) values ($1, $2, 'abel', 'Dr. Abel Invented')`,
      of,
    );
    await owner.query(
      `insert into patient (site_id, connection_id, patient_id, family, given, birth_date, language, emr_version)
       values ($1, $2, 'p1', 'Madeup', 'Mara', '1980-10-22', 'en', '1'), ($1, $2, 'p2', 'Undated', 'Uma', null, 'en', '1')`,
      of,
    );
  }
  return {
    ...portal,
    empty: async () => {
      await owner.query('truncate staff_task, write_back, appointment_link, booking cascade');
    },
  };
}

/** Three days after the portal's clock, 10:00 in Vancouver. */
export const startAt = '2026-11-27T17:00:00Z';

export async function addBooking(
  { owner }: TestPortal,
  { id, siteId = harbour, set }: { readonly id: string; readonly siteId?: number; readonly set?: string },
): Promise<void> {
  await owner.query(
    `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                          type_text, start_at, end_at, emr_version, emr_last_updated, state, state_since)
     values ($1, $2, $3, 'hill', 'abel', 'p1', false, 'booked', 'needs-action', 'Check-up', $4, $4::timestamptz + interval '30 minutes',
             '3', '2026-11-20T10:00:00Z', 'present', now())`,
    [siteId, connectionId, id, startAt],
  );
  if (set) await owner.query(`update booking set ${set} where site_id = $1 and booking_id = $2`, [siteId, id]);
}

/** The form that a page holds, its fields as they stand; `act`: the button that is pressed, else the first form's. */
export function formOf(page: string, act?: string): { readonly action: string; readonly fields: URLSearchParams } {
  const forms = [...page.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)];
  const form = forms.find(([, , body]) => act === undefined || body!.includes(`value="${act}"`));
  if (!form) throw new Error(`no form for ${act ?? 'anything'} in ${page.slice(0, 400)}`);
  const fields = new URLSearchParams();
  for (const [, name, value] of form[2]!.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g))
    fields.set(name!, value!);
  for (const [, name] of form[2]!.matchAll(/<(?:input|select) id="\w" name="(\w+)"/g)) fields.set(name!, '');
  if (act !== undefined) fields.set('do', act);
  return { action: form[1]!, fields };
}
